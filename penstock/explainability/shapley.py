"""SHAP values of a model's predictions, added up to the columns that people know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import PenstockError
from penstock.explainability.tree_values import tree_shap
from penstock.training.algorithms import sigmoid
from penstock.training.algorithms.linear import softmax

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Matrix, Vector

_METHOD = "exact SHAP values of the model, one-hot columns summed to their source"
_TREES = frozenset({"xgboost", "lightgbm", "random_forest"})
_ENGINES = {"tables": "tables of path patterns", "library": "the library's own code"}
_TOLERANCE = 1e-4
"""Boosters sum in single precision."""


class NotAdditive(PenstockError):
    """SHAP values do not add up to the prediction: the explanation would be wrong."""


class RowExplanation(BaseModel):
    """One prediction: the row's values, each column's SHAP value, and what they add up to.

    Of several classes or clusters, ``label`` is the predicted one, which the values are about.
    """

    model_config = ConfigDict(frozen=True)

    row: int
    values: dict[str, Any]
    shap: dict[str, float]
    output: float
    score: float
    label: str | None = None


class Explanation(BaseModel):
    """Global and local SHAP values in units of ``output``, relative to ``base_value``.

    ``global_shap`` is the mean absolute SHAP value a column, largest first; of several classes the mean over
    them too, and ``base_value`` is then the mean of ``base_values``. Where a model has no exact values, the
    method says what is told instead, and there are no rows.
    """

    model_config = ConfigDict(frozen=True)

    method: str = _METHOD
    output: str
    base_value: float
    base_values: dict[str, float] = {}
    rows_explained: int
    largest_additivity_error: float
    global_shap: dict[str, float]
    rows: tuple[RowExplanation, ...]


def explain(predictor: Predictor, table: pa.Table, *, rows: int = 10, sample: int = 500) -> Explanation:
    """Explain a model on a table.

    Parameters
    ----------
    predictor
        The model.
    table
        Raw rows; at most ``sample`` of them, evenly spaced, are explained.
    rows
        How many of those are reported one by one: evenly spaced over the range of scores.
    sample
        How many rows the global values are the mean of.

    Raises
    ------
    NotAdditive
        Base value and SHAP values do not add up to the model's output.
    """
    chosen = table.take(_spaced(table.num_rows, sample))
    matrix = predictor.preparation.transform(chosen, scaled=predictor.model.scaled)
    scores = predictor.model.scores(matrix)
    if predictor.model.output == "membership":
        return by_permutation(predictor, chosen, scores)
    values, base, method = _contributions(predictor, matrix)
    error = _additivity(values, base, scores, predictor.model.output)
    told = _told(predictor, values, base, scores)
    names = predictor.preparation.inputs
    raw = chosen.select(list(names)).to_pylist()
    mean = np.abs(values).reshape(-1, len(names)).mean(axis=0)
    local = np.argsort(told.scores, kind="stable")[_spaced(len(scores), rows)]
    bases = base.tolist() if base.ndim else []
    return Explanation(
        method=method,
        output=predictor.model.output,
        base_value=float(base.mean()),
        base_values=dict(zip(predictor.card.classes, bases, strict=True)) if bases else {},
        rows_explained=len(scores),
        largest_additivity_error=error,
        global_shap={names[n]: float(mean[n]) for n in np.argsort(-mean, kind="stable")},
        rows=tuple(told.row(int(n), raw[n]) for n in local),
    )


def _contributions(predictor: Predictor, matrix: Matrix) -> tuple[Vector, Vector, str]:
    """Return exact SHAP values by original column, their base, and how they were found."""
    sources, columns = predictor.preparation.sources, len(predictor.preparation.columns)
    if type(predictor.model).__module__.rpartition(".")[2] not in _TREES:
        encoded, base = predictor.model.contributions(matrix)
        return _by_source(encoded, sources, columns), base, _METHOD
    found = tree_shap(predictor.model, matrix, sources=sources)
    method = f"{_METHOD}, by {_ENGINES[found.engine]}"
    if found.fallback is not None:
        method += f" ({found.fallback})"
    if len(found.base) == 1:
        return found.values[:, :, 0], found.base.reshape(()), method
    return found.values.transpose(0, 2, 1), found.base, method


@dataclass(frozen=True)
class _Told:
    """What is told of each row: its score, its SHAP values with their base, and of which class they are."""

    scores: Vector
    values: Vector
    base: Vector
    labels: list[str | None]

    def row(self, number: int, raw: dict[str, Any]) -> RowExplanation:
        """Describe one prediction."""
        shap = dict(zip(raw, map(float, self.values[number]), strict=True))
        return RowExplanation(
            row=number,
            values=raw,
            shap=shap,
            output=float(self.base[number] + self.values[number].sum()),
            score=float(self.scores[number]),
            label=self.labels[number],
        )


def _told(predictor: Predictor, values: Vector, base: Vector, scores: Vector) -> _Told:
    """Choose the values of the predicted class where there are several."""
    lines = np.arange(len(scores))
    if not base.ndim:
        return _Told(scores, values, np.full(len(scores), float(base)), [None] * len(scores))
    said = scores.argmax(axis=1)
    labels: list[str | None] = [predictor.card.classes[place] for place in said.tolist()]
    return _Told(scores[lines, said], values[lines, said], base[said], labels)


def by_permutation(predictor: Predictor, table: pa.Table, scores: Vector, *, seed: int = 7) -> Explanation:
    """Tell the columns of a clustering apart: how many rows change cluster when a column is shuffled.

    Parameters
    ----------
    table
        Raw rows.
    scores
        Their memberships.
    seed
        Of the shuffling.
    """
    names, said = predictor.preparation.inputs, scores.argmax(axis=1)
    generator = np.random.default_rng(seed)
    moved = {}
    for name in names:
        shuffled = table[name].take(generator.permutation(table.num_rows))
        other = predictor.scores(table.set_column(table.column_names.index(name), name, shuffled))
        moved[name] = float((other.argmax(axis=1) != said).mean())
    return Explanation(
        method="share of rows that change cluster when the column is shuffled",
        output="membership",
        base_value=0.0,
        rows_explained=len(scores),
        largest_additivity_error=0.0,
        global_shap=dict(sorted(moved.items(), key=lambda entry: -entry[1])),
        rows=(),
    )


def _spaced(count: int, wanted: int) -> NDArray[np.int64]:
    """Return at most ``wanted`` positions, evenly spaced from first to last."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))


def _by_source(encoded: Vector, sources: NDArray[np.int64], count: int) -> Vector:
    """Sum the values of matrix columns (the last axis) that came from the same raw column."""
    values = np.zeros((count, *encoded.shape[:-1]))
    np.add.at(values, sources, np.moveaxis(encoded, -1, 0))
    return np.moveaxis(values, 0, -1)


def _additivity(values: Vector, base: Vector, scores: Vector, output: str) -> float:
    """Check that base value and SHAP values add up to the prediction; return the largest error.

    Probabilities are compared as such, values by their size; distances only by the nearest centre.
    """
    total = values.sum(axis=-1) + base
    if output == "distance":
        return float((total.argmax(axis=1) != scores.argmax(axis=1)).any())
    if output == "log_odds":
        total = softmax(total) if base.ndim else sigmoid(total)
    size = max(1.0, float(np.abs(scores).max())) if output == "value" else 1.0
    error = float(np.abs(total - scores).max()) / size
    if error > _TOLERANCE:
        raise NotAdditive(
            "SHAP values do not add up to the prediction.",
            found=f"off by {error:.3g}",
            expected=f"at most {_TOLERANCE:.3g}",
        )
    return error
