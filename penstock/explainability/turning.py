"""Counterfactuals: the smallest change of a row that turns the decision.

Columns take values that the background has, first each column alone, then two and more together, always going
on from the rows that came nearest. What turns the decision is made smaller: changed numbers move back towards
what they were, as far as the decision stays turned. Fewer columns are smaller than more; among equally many,
the sum over columns of the change by the column's usual spread (one for another word) counts [1]_. What is
returned was answered by the model itself.

.. [1] The objective of S. Wachter and others, "Counterfactual Explanations Without Opening the Black Box"
   (2017), with Gower's distance (1971).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.explainability.decision import Decision, decision_of
from penstock.explainability.limits import Limits
from penstock.explainability.mixing import CannotExplain, Pool, instances_table

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Vector

    Ints = NDArray[np.int64]

Target = int | str | tuple[float | None, float | None]
_VALUES, _TOGETHER = 24, 4
"""Values of a column that are tried alone, and together with other columns."""
_WIDTH, _RANDOM = 16, 4
"""Rows that are gone on from, and how many more of them at random."""
_TRIED = 12
"""Turned rows that are made smaller."""
_STEPS = 32
_NUMERIC = frozenset({"integer", "decimal"})


class Change(BaseModel):
    """One column's change."""

    model_config = ConfigDict(frozen=True)

    before: Any
    after: Any


class Counterfactual(BaseModel):
    """The smallest change that was found, or why there is none.

    Attributes
    ----------
    found
        Whether a change turns the decision.
    changes
        Of each column that changes, its value before and after.
    score, label
        What the model answers to the changed row; of the row as it is where nothing was found.
    score_before, label_before
        What it answers to the row as it is.
    distance
        The sum of the changes by the columns' usual spread.
    evaluations
        How many rows the model was asked for.
    reason
        Why nothing was found.
    """

    model_config = ConfigDict(frozen=True)

    found: bool
    changes: dict[str, Change] = {}
    score_before: float
    label_before: int | str | None = None
    score: float
    label: int | str | None = None
    distance: float = 0.0
    evaluations: int = 0
    reason: str = ""

    def document(self) -> dict[str, Any]:
        """Return it for JSON, without what does not apply."""
        found = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in found.items() if value not in ("", {})}


def counterfactual(
    predictor: Predictor,
    instance: Mapping[str, Any],
    *,
    background: pa.Table,
    target: Target | None = None,
    limits: Limits | None = None,
    most_changes: int = 8,
    seed: int = 7,
    budget: int = 20_000,
) -> Counterfactual:
    """Find the smallest change of a row that turns the decision.

    Parameters
    ----------
    predictor
        The model.
    instance
        The row: column to value.
    background
        Raw rows; columns take values that they have there, or that lie between.
    target
        The answer that is wanted: a label; for a regression the lowest and highest value (None for no
        limit), which must be given. Any other label than the row's unless given.
    limits
        What may change, and how far.
    most_changes
        At most so many columns change.
    seed
        Some rows to go on from are chosen at random, beside the nearest.
    budget
        How many rows the model may be asked for.

    Raises
    ------
    CannotExplain
        A regression has no target, there is no such label, the row has the target already, or nothing may
        change.
    penstock.training.instances.InvalidInstances
        The row is not what the model takes.
    """
    before = predictor.predict([instance])[0]
    decision = decision_of(predictor, before, target)
    search = _Search(predictor, dict(instance), background, decision, limits or Limits(), budget)
    start = {"score_before": before.score, "label_before": before.label}
    for row, distance in search.smallest(most_changes, np.random.default_rng(seed)):
        after = predictor.predict([row])[0]
        if decision.is_turned(after):
            changes = {
                name: Change(before=instance[name], after=row[name])
                for name in row
                if not _same(row[name], instance[name])
            }
            return Counterfactual(
                found=True, changes=changes, score=after.score, label=after.label, distance=distance,
                evaluations=search.evaluations, **start,
            )  # fmt: skip
    return Counterfactual(
        found=False, score=before.score, label=before.label, evaluations=search.evaluations,
        reason=search.why_not(most_changes), **start,
    )  # fmt: skip


@dataclass(eq=False)
class _Search:
    """The search around one row: a pool of the background's values, the row last."""

    predictor: Predictor
    instance: dict[str, Any]
    background: pa.Table
    decision: Decision
    limits: Limits
    budget: int
    evaluations: int = 0
    nearest: float = field(default=-np.inf)

    def __post_init__(self) -> None:
        """Refuse a search in which nothing may change."""
        if not self.background.num_rows or not any(len(values) for values in self.values.values()):
            raise CannotExplain(
                "Nothing in the row may change.",
                found=f"{self.background.num_rows} background rows",
                expected="a column that may change, and other values of it in the background",
                action="Allow more columns, or give a background with more rows.",
            )

    @cached_property
    def pool(self) -> Pool:
        """The background's rows, then the row."""
        row = instances_table(self.predictor.card.columns, [self.instance])
        return Pool.of(self.predictor, self.background, row)

    @cached_property
    def values(self) -> dict[int, Ints]:
        """Of each column that may change, where in the pool the values to try are."""
        return {
            place: self._values(place, column.name)
            for place, column in enumerate(self.predictor.card.columns)
            if self.limits.may_change(column.name)
        }

    def smallest(self, most: int, random: np.random.Generator) -> list[tuple[dict[str, Any], float]]:
        """Return turned rows with as few changes as possible, the smallest distance first."""
        row, values = self.pool.alone(self.pool.rows - 1), self.values
        for step in range(min(most, len(values))):
            row = self._extended(row, values)[: max(0, self.budget - self.evaluations)]
            if not len(row):
                break
            scores = self._asked(row)
            turned, near = self.decision.turned(scores), self.decision.nearness(scores)
            self.nearest = max(self.nearest, float(near.max()))
            if turned.any():
                return self._made_smaller(row[turned])
            if step == 0:
                values = self._promising(row, near)
            row = row[self._kept(near, random)]
        return []

    def _promising(self, rows: Ints, near: Vector) -> dict[int, Ints]:
        """Return, of each column, the values that alone came nearest: the only ones tried together."""
        found, own = {}, self.pool.rows - 1
        for place in self.values:
            changed = np.flatnonzero(rows[:, place] != own)
            found[place] = rows[changed[np.argsort(-near[changed], kind="stable")][:_TOGETHER], place]
        return found

    def why_not(self, most: int) -> str:
        """Say how far the search came."""
        if self.evaluations >= self.budget:
            return f"nothing was found within a budget of {self.budget} rows; {self._how_near()}"
        names = [self.predictor.inputs[place] for place in self.values]
        return (
            f"no change of up to {min(most, len(names))} of {', '.join(names)} is enough; {self._how_near()}"
        )

    def _how_near(self) -> str:
        return self.decision.how_near(self.nearest)

    def _values(self, place: int, name: str) -> Ints:
        """Choose other values of a column: spread over its range, or the most frequent words; never null."""
        codes = self.pool.codes[:, place]
        found, first, counts = np.unique(codes[:-1], return_index=True, return_counts=True)
        other = (found >= 0) & (found != codes[-1])
        first, counts = first[other], counts[other]
        column = self.pool.table.column(place).take(first)
        raw = np.array(column.to_pylist())
        is_number = self.predictor.card.columns[place].type in _NUMERIC
        allowed = self.limits.allows(name, raw) if len(raw) else np.zeros(0, bool)
        if is_number:
            allowed &= np.isfinite(raw.astype(np.float64)) if len(raw) else allowed
        first, counts, raw = first[allowed], counts[allowed], raw[allowed]
        most = max(1, min(_VALUES, self.budget // (2 * len(self.predictor.inputs))))
        if not is_number:
            return np.asarray(first[np.argsort(-counts, kind="stable")][:most])
        ranked = first[np.argsort(raw, kind="stable")]
        spread = np.linspace(0, len(ranked) - 1, min(len(ranked), most)).round().astype(np.int64)
        return np.asarray(ranked[spread])

    def _extended(self, rows: Ints, values_of: Mapping[int, Ints]) -> Ints:
        """Change one more column of each row, to every value, once."""
        own, found = self.pool.rows - 1, []
        for place, values in values_of.items():
            free = rows[rows[:, place] == own]
            grown = np.repeat(free, len(values), axis=0)
            grown[:, place] = np.tile(values, len(free))
            found.append(grown)
        return np.unique(np.concatenate(found), axis=0) if found else rows[:0]

    def _kept(self, near: Vector, random: np.random.Generator) -> Ints:
        """Choose the rows to go on from: the nearest, and a few of the others."""
        ranked = np.argsort(-near, kind="stable")
        others = ranked[_WIDTH:]
        return np.concatenate([ranked[:_WIDTH], random.permutation(others)[:_RANDOM]])

    def _asked(self, rows: Ints) -> Vector:
        self.evaluations += len(rows)
        return self.pool.scores(rows)

    def _made_smaller(self, rows: Ints) -> list[tuple[dict[str, Any], float]]:
        """Move changed numbers back as far as the decision stays turned; return the smallest first."""
        raw = self.pool.mixed(rows).to_pylist()
        own, names = self.pool.rows - 1, self.predictor.inputs
        changed = [[names[place] for place in np.flatnonzero(row != own)] for row in rows]
        kept = [{name: row[name] if name in which else self.instance[name] for name in names}
                for row, which in zip(raw, changed, strict=True)]  # fmt: skip
        ranked = sorted(zip(map(self._distance, kept), range(len(kept)), strict=True))[:_TRIED]
        found = []
        for _, n in ranked:
            row = kept[n]
            for way in (self._taken_back, self._moved_back):
                for name in changed[n]:
                    row = way(row, name)
            found.append((row, self._distance(row)))
        return sorted(found, key=lambda one: one[1])

    def _taken_back(self, row: dict[str, Any], name: str) -> dict[str, Any]:
        """Undo the change of a column if the decision stays turned."""
        undone = {**row, name: self.instance[name]}
        if self.evaluations >= self.budget:
            return row
        self.evaluations += 1
        pool = Pool.of(self.predictor, instances_table(self.predictor.card.columns, [undone]))
        return undone if self.decision.turned(pool.scores(pool.alone(0)))[0] else row

    def _moved_back(self, row: dict[str, Any], name: str) -> dict[str, Any]:
        """Move one number back, first in coarse steps, then in fine ones; then write it with few digits."""
        start, end = self.instance[name], row[name]
        if self._kind(name) not in _NUMERIC or not _is_finite(start) or _same(start, end):
            return row
        for _ in range(2):
            steps = start + (end - start) * np.arange(_STEPS) / _STEPS
            place = self._first_turned(row, name, steps)
            if place is None:
                continue
            start, end = (steps[place - 1] if place else start), steps[place]
        row = {**row, name: self._typed(name, end)}
        short = [float(f"{end:.{digits}g}") for digits in (2, 3, 4)]
        nearer = np.array([one for one in short if one != self.instance[name]] or [end])
        chosen = self._first_turned(row, name, nearer)
        return row if chosen is None else {**row, name: self._typed(name, nearer[chosen])}

    def _first_turned(self, row: dict[str, Any], name: str, values: Vector) -> int | None:
        """Return the first value of a column that turns the decision and is allowed, by its position."""
        typed = [self._typed(name, value) for value in values[: max(0, self.budget - self.evaluations)]]
        if not typed:
            return None
        rows = [{**row, name: value} for value in typed]
        allowed = self.limits.allows(name, np.array(typed))
        allowed &= np.array([not _same(value, self.instance[name]) for value in typed])
        table = instances_table(self.predictor.card.columns, rows)
        pool = Pool.of(self.predictor, table)
        self.evaluations += len(rows)
        found = np.flatnonzero(self.decision.turned(pool.scores(pool.alone(slice(None)))) & allowed)
        return int(found[0]) if len(found) else None

    def _typed(self, name: str, value: float) -> float | int:
        """Return a number as its column has it."""
        return round(float(value)) if self._kind(name) == "integer" else float(value)

    def _kind(self, name: str) -> str:
        return self.predictor.card.columns[self.predictor.inputs.index(name)].type

    def _distance(self, row: Mapping[str, Any]) -> float:
        """Add up the changes: a number's by its spread, one for anything else."""
        total = 0.0
        for name, value in row.items():
            before = self.instance[name]
            if _same(value, before):
                continue
            is_number = self._kind(name) in _NUMERIC and _is_finite(before)
            total += abs(value - before) / self._spreads[name] if is_number else 1.0
        return total

    @cached_property
    def _spreads(self) -> dict[str, float]:
        """From the tenth to the ninetieth hundredth of each number, in the background."""
        from penstock.training.arrow import numbers

        found = {}
        for column in self.predictor.card.columns:
            if column.type in _NUMERIC:
                raw = numbers(self.background[column.name])
                known = raw[np.isfinite(raw)]
                low, high = np.quantile(known, [0.1, 0.9]) if len(known) else (0.0, 0.0)
                found[column.name] = float(high - low) or float(np.ptp(known) if len(known) else 0) or 1.0
        return found


def _same(one: Any, other: Any) -> bool:
    """Say whether two values of a cell are the same; NaN is null."""
    nothing = [value is None or value != value for value in (one, other)]  # noqa: PLR0124
    return all(nothing) if any(nothing) else bool(one == other)


def _is_finite(value: Any) -> bool:
    return value is not None and bool(np.isfinite(value))
