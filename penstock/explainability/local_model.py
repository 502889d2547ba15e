"""LIME: a linear model that does, near one row, about what the model does [1]_.

Rows near the one in question are made from it and from background rows: each number lies somewhere between
the row's and a background row's value, each word is one of the two. The nearer a made row, the more it
weighs; distances are in standard deviations of the background, a different word is one. How far the linear
model can be believed says R², which is reported.

.. [1] M. Ribeiro, S. Singh and C. Guestrin, "Why Should I Trust You?" (2016); kernel and ridge as in the
   authors' library: ``exp(-d² / w²)`` with ``w = 0.75 sqrt(columns)``, and a ridge of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.explainability.mixing import CannotExplain, Pool, instances_table
from penstock.training.arrow import numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Vector
    from penstock.training.artefact import ModelColumn

_WIDTH, _RIDGE, _NOTHING = 0.75, 1.0, 1e-20
_NUMERIC = frozenset({"integer", "decimal"})


class LocalModel(BaseModel):
    """A linear model of a model's score near one row.

    Attributes
    ----------
    coefficients
        What a number's standard deviation (of the background) adds to the score, or a word's being the
        row's own.
    effects
        What the row's value adds, compared with the rows that were made around it; with ``base_value`` they
        add up to ``local_score``.
    score, local_score
        What the model and the linear model say of the row: of its own class, if there are several.
    r2
        The weighted share of the made rows' variance that the linear model explains; of no variance, 1.
    samples, width
        How many rows were made, and the width of the kernel.
    """

    model_config = ConfigDict(frozen=True)

    values: dict[str, Any]
    coefficients: dict[str, float]
    effects: dict[str, float]
    base_value: float
    score: float
    local_score: float
    label: str | None = None
    r2: float
    samples: int
    width: float


def lime(
    predictor: Predictor,
    instance: Mapping[str, Any],
    *,
    background: pa.Table,
    seed: int = 7,
    samples: int = 5_000,
) -> LocalModel:
    """Fit a linear model to what a model says near a row.

    Parameters
    ----------
    predictor
        The model.
    instance
        The row: column to value.
    background
        Raw rows.
    seed
        Of the rows that are made.
    samples
        How many rows the model is asked for.

    Raises
    ------
    CannotExplain
        There is no background, or there are fewer samples than columns.
    penstock.training.instances.InvalidInstances
        The row is not what the model takes.
    """
    columns = predictor.card.columns
    if not background.num_rows or samples < len(columns) + 2:
        raise CannotExplain(
            "There is too little to fit a linear model to.",
            found=f"{background.num_rows} background rows, {samples} samples",
            expected=f"a background row and at least {len(columns) + 2} samples",
        )
    predictor.predict([instance])
    made = _Near.of(columns, instances_table(columns, [instance]), background, samples, seed)
    pool = Pool.of(predictor, made.table)
    scores = pool.scores(pool.alone(slice(None)))
    said = int(scores[0].argmax())
    width = _WIDTH * np.sqrt(len(columns))
    weights = np.exp(-((made.design - made.design[0]) ** 2).sum(axis=1) / width**2)
    fitted = _fitted(made.design, scores[:, said], weights)
    names, place = predictor.inputs, made.design[0] - fitted.centre
    return LocalModel(
        values={name: instance[name] for name in names},
        coefficients=dict(zip(names, fitted.coefficients.tolist(), strict=True)),
        effects=dict(zip(names, (fitted.coefficients * place).tolist(), strict=True)),
        base_value=fitted.level,
        score=float(scores[0, said]),
        local_score=float(fitted.level + fitted.coefficients @ place),
        label=predictor.card.classes[said] if scores.shape[1] > 1 else None,
        r2=fitted.r2,
        samples=samples,
        width=float(width),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Near:
    """Rows near a row, raw and as numbers: the row itself first."""

    table: pa.Table
    design: Vector

    @classmethod
    def of(
        cls, columns: tuple[ModelColumn, ...], row: pa.Table, background: pa.Table, samples: int, seed: int
    ) -> _Near:
        """Make rows."""
        import pyarrow as pa

        random = np.random.default_rng(seed)
        found, design = {}, []
        for column in columns:
            usual = background[column.name]
            drawn = random.integers(0, len(usual), samples)
            share = random.random(samples)
            share[0] = 0.0
            own = row[column.name][0].as_py()
            made = (
                _numbers(column, float(own), numbers(usual), drawn, share)
                if column.type in _NUMERIC and own is not None and np.isfinite(own)
                else _words(own, usual, drawn, share)
            )
            found[column.name], number = made
            design.append(number)
        return cls(pa.table(found), np.stack(design, axis=1))


def _numbers(
    column: ModelColumn, own: float, usual: Vector, drawn: NDArray[np.int64], share: Vector
) -> tuple[pa.Array, Vector]:
    """Return numbers between the row's and others, and their distance from the mean in deviations."""
    import pyarrow as pa

    other = usual[drawn]
    values = np.where(np.isfinite(other), own + share * (other - own), own)
    missing = ~np.isfinite(other) & (share > 0.5)  # noqa: PLR2004 - one half are taken over
    if column.type == "integer":
        values = np.round(values) if float(own).is_integer() else values
    known = usual[np.isfinite(usual)]
    centre = float(known.mean()) if len(known) else own
    spread = float(known.std()) if len(known) else 0.0
    design = np.where(missing, 0.0, (values - centre) / (spread or 1.0))
    return pa.array(values, mask=missing), design


def _words(
    own: Any, usual: pa.ChunkedArray, drawn: NDArray[np.int64], share: Vector
) -> tuple[pa.Array, Vector]:
    """Return the row's value or another's, and whether it is the row's; also of a number that is missing."""
    import pyarrow as pa

    levels = usual.combine_chunks().to_pylist()
    taken = share > 0.5  # noqa: PLR2004 - one half are taken over
    values = [levels[place] if other else own for place, other in zip(drawn.tolist(), taken, strict=True)]
    same = np.array([value == own for value in values], dtype=np.float64)
    return pa.array(values, usual.type), same


@dataclass(frozen=True, eq=False)
class _Fit:
    coefficients: Vector
    centre: Vector
    level: float
    r2: float


def _fitted(design: Vector, scores: Vector, weights: Vector) -> _Fit:
    """Fit by weighted least squares with a ridge, the level not penalised."""
    total = weights.sum()
    centre, level = weights @ design / total, float(weights @ scores / total)
    apart, answer = design - centre, scores - level
    inner = apart.T @ (weights[:, None] * apart) + _RIDGE * np.eye(design.shape[1])
    found = np.linalg.solve(inner, apart.T @ (weights * answer))
    left, whole = weights @ (answer - apart @ found) ** 2, weights @ answer**2
    r2 = 1.0 - float(left / whole) if whole > _NOTHING * total * max(1.0, level**2) else 1.0
    return _Fit(found, centre, level, r2)
