"""Robustness: how much worse a model gets, and how many answers change, when rows are disturbed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.evaluation.checks import Check
from penstock.evaluation.columns import is_numeric, spaced
from penstock.evaluation.losses import said
from penstock.evaluation.measuring import LOWER_IS_BETTER, measured, tolerated
from penstock.training.arrow import numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.evaluation.slices.scored import Scored
    from penstock.serving.predictor import Predictor
    from penstock.specs.evaluation import RobustnessSpec
    from penstock.training.algorithms import Answers, Vector

# pyarrow makes its functions at run time and types few of them.
_compute: Any = import_module("pyarrow.compute")
UNSEEN = "a word that training never saw"
_FAR = 10.0
_STRESSED_ROWS = 2_000
_MOVED = 0.1
"""A value has changed when it moved by more than this share of the values' deviation."""


class Scenario(BaseModel):
    """What a disturbance does: the metric after it, its fall, and the share of answers that changed."""

    model_config = ConfigDict(frozen=True)

    name: str
    metric: float
    fall: float
    changed: float


class Robustness(BaseModel):
    """All disturbances of the same test rows; ``without`` takes one column's values away at a time."""

    model_config = ConfigDict(frozen=True)

    metric: str
    undisturbed: float
    rows: int
    scenarios: tuple[Scenario, ...]
    without: tuple[Scenario, ...]


def robustness(
    model: Predictor, test: Scored, train: pa.Table, *, spec: RobustnessSpec, metric: str, seed: int
) -> Robustness:
    """Disturb test rows in every declared way and measure again.

    Parameters
    ----------
    model
        Answers the disturbed rows.
    test
        Rows with answers and scores; at most ``spec.rows`` are disturbed.
    train
        The training rows, whose deviations and ranges the disturbances are made of.
    spec
        Which disturbances.
    metric
        What is measured.
    seed
        Of everything random.
    """
    some = test.only(_some(test.answers, spec.rows))
    bench = _Bench(model, some, metric)
    rows = _Rows(train, model.preparation.inputs, some.table)
    scenarios = tuple(bench.scenario(name, table) for name, table in rows.disturbed(spec, seed))
    few = some.only(_some(some.answers, _STRESSED_ROWS))
    stressed = _Bench(model, few, metric)
    without = [
        stressed.scenario(name, few.table.set_column(place, name, _nothing(few.table[name])))
        for name in model.preparation.inputs
        if (place := few.table.column_names.index(name)) >= 0
    ]
    return Robustness(
        metric=metric, undisturbed=bench.before, rows=len(some.answers), scenarios=scenarios,
        without=tuple(sorted(without, key=lambda one: (-one.fall, -one.changed, one.name))),
    )  # fmt: skip


def _some(answers: Answers, most: int) -> NDArray[np.int64]:
    """Return evenly spaced rows; of an answer so rare that none of its rows is among them, all rows."""
    rows = spaced(len(answers), most)
    if answers.problem not in ("binary", "multiclass"):
        return rows
    lost = np.setdiff1d(answers.values, answers.values[rows])
    return np.union1d(rows, np.flatnonzero(np.isin(answers.values, lost)))


def robustness_checks(found: Robustness | None, limits: Mapping[str, float]) -> tuple[Check, ...]:
    """Check how much the metric falls; a scenario that was not made does not pass.

    Examples
    --------
    >>> [check] = robustness_checks(None, {"noise_10": 0.05})
    >>> check.passed, check.reason
    (False, "no scenario is called 'noise_10'; there are none")
    """
    if found is None:
        return tuple(_check(name, limit, {}, "") for name, limit in limits.items())
    known = {one.name: one for one in found.scenarios}
    return tuple(
        _check(name, tolerated(found.metric, limit, found.undisturbed), known, found.metric)
        for name, limit in limits.items()
    )


def _check(name: str, limit: float, known: Mapping[str, Scenario], metric: str) -> Check:
    one = known.get(name)
    reason = f"no scenario is called {name!r}; there are {', '.join(known) or 'none'}"
    if one is not None:
        reason = (
            f"{metric} falls by {one.fall:.4f} and {one.changed:.1%} of the answers change under {name}; "
            f"a fall of {limit:g} is allowed"
        )
    value = one.fall if one else None
    return Check(
        check=f"robustness_{name}", value=value, limit=limit, reason=reason,
        passed=value is not None and value <= limit,
    )  # fmt: skip


@dataclass(frozen=True)
class _Bench:
    """A model, rows, and what it said of them undisturbed."""

    model: Predictor
    rows: Scored
    metric: str

    @cached_property
    def before(self) -> float:
        """The metric of the rows as they are."""
        return self._measured(self.rows.table, self.rows.scores)

    def scenario(self, name: str, table: pa.Table) -> Scenario:
        """Answer and measure disturbed rows."""
        scores = self.model.scores(table)
        after = self._measured(table, scores)
        sign = -1.0 if self.metric in LOWER_IS_BETTER else 1.0
        return Scenario(
            name=name, metric=after, fall=sign * (self.before - after), changed=self._changed(scores)
        )

    def _measured(self, table: pa.Table, scores: Vector) -> float:
        seen = None
        if self.rows.answers.problem == "clustering":
            seen = self.model.preparation.transform(table, scaled=self.model.model.scaled)
        return measured(self.rows.answers, scores, matrix=seen)[self.metric]

    def _changed(self, scores: Vector) -> float:
        """Return the share of answers that are others, or values that moved noticeably."""
        answers, threshold = self.rows.answers, self.model.card.threshold
        first, second = (said(answers, one, threshold) for one in (self.rows.scores, scores))
        if answers.problem != "regression":
            return float((first != second).mean())
        return float((np.abs(first - second) > _MOVED * float(first.std())).mean())


@dataclass(frozen=True)
class _Rows:
    """Rows to disturb, and the training rows that say how far a number usually goes."""

    train: pa.Table
    inputs: tuple[str, ...]
    table: pa.Table

    def disturbed(self, spec: RobustnessSpec, seed: int) -> Iterator[tuple[str, pa.Table]]:
        """Yield every scenario's rows; those that touch no column are left out."""
        numeric = [name for name in self.inputs if is_numeric(self.table[name])]
        words = [name for name in self.inputs if _is_word(self.table[name])]
        ways: list[tuple[str, tuple[float, ...], list[str], Any]] = [
            ("noise", spec.noise, numeric, self._noise),
            ("missing", spec.missing, list(self.inputs), self._missing),
            ("unseen", spec.unseen, words, self._unseen),
            ("out_of_range", spec.out_of_range, numeric, self._far),
        ]
        for kind, shares, columns, way in ways:
            for share in shares if columns else ():
                generator = np.random.default_rng([seed, round(1e6 * share), len(kind)])
                table = self.table
                for name in columns:
                    changed = way(name, share, generator)
                    table = table.set_column(table.column_names.index(name), name, changed)
                yield f"{kind}_{100 * share:g}", table

    def _noise(self, name: str, share: float, generator: np.random.Generator) -> pa.Array:
        raw = numbers(self.table[name])
        return _array(raw + generator.normal(0.0, share * self._spread(name)[0], len(raw)))

    def _missing(self, name: str, share: float, generator: np.random.Generator) -> pa.Array:
        return _where(generator.random(self.table.num_rows) < share, None, self.table[name])

    def _unseen(self, name: str, share: float, generator: np.random.Generator) -> pa.Array:
        return _where(generator.random(self.table.num_rows) < share, UNSEEN, self.table[name])

    def _far(self, name: str, share: float, generator: np.random.Generator) -> pa.Array:
        raw, side = numbers(self.table[name]), generator.choice([-1.0, 1.0], self.table.num_rows)
        moved = generator.random(len(raw)) < share
        return _array(np.where(moved, raw + side * _FAR * self._spread(name)[1], raw))

    def _spread(self, name: str) -> tuple[float, float]:
        """Return deviation and range of a column's training rows."""
        raw = numbers(self.train[name])
        known = raw[np.isfinite(raw)]
        return (float(known.std()), float(np.ptp(known))) if len(known) else (0.0, 0.0)


def _is_word(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _array(values: NDArray[np.float64]) -> pa.Array:
    """Return numbers for Arrow, NaN as null."""
    import pyarrow as pa

    return pa.array(values, mask=np.isnan(values))


def _where(rows: NDArray[np.bool_], value: str | None, column: pa.ChunkedArray) -> pa.Array:
    """Replace some rows of a column."""
    import pyarrow as pa

    kept = _compute.if_else(pa.array(rows), pa.scalar(value, column.type), column.combine_chunks())
    return cast("pa.Array", kept)


def _nothing(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    return pa.nulls(len(column), column.type)
