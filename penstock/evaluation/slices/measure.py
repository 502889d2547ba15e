"""Slices measured on test rows, with intervals and a correction for having looked at many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.evaluation.bootstrap import Interval, Sample, measure
from penstock.evaluation.checks import Check
from penstock.evaluation.columns import spaced
from penstock.evaluation.losses import losses
from penstock.evaluation.measuring import LOWER_IS_BETTER, measured, tolerated
from penstock.evaluation.slices.search import Cuts, Found, cuts_of, excesses, search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.evaluation.slices.scored import Scored
    from penstock.specs.evaluation import SliceSpec
    from penstock.training.algorithms import Vector

Origin = Literal["declared", "found"]

_SEARCHED_ROWS = 50_000
_MEASURED_ROWS = 5_000
"""Rows of a slice by which its interval is drawn."""
_RESAMPLES = 100
_MOST_DECLARED = 60
_DOUBT = 0.05


class Slice(BaseModel):
    """The metric of some test rows.

    ``p_value`` is of the hypothesis that the slice's rows are no worse than the others, corrected (Holm)
    for all slices that are listed.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    columns: tuple[str, ...]
    origin: Origin
    rows: int
    share: float
    metric: Interval
    difference: float
    loss: float
    offset: float | None
    """Mean prediction less mean answer of a yes/no question or a value; classes have none."""
    against_champion: Interval | None = None
    """How much better than the serving version on the same rows; below zero the slice got worse."""
    p_value: float
    worse: bool


class Slices(BaseModel):
    """All measured slices, the worst first, and the metric of all test rows."""

    model_config = ConfigDict(frozen=True)

    metric: str
    overall: float
    slices: tuple[Slice, ...]
    missing: tuple[str, ...] = ()
    """Declared columns that the prepared rows do not have."""


def slices_of(
    test: Scored,
    validation: Scored,
    *,
    spec: SliceSpec,
    metric: str,
    inputs: Sequence[str],
    seed: int,
    champion: Vector | None = None,
) -> Slices:
    """Measure declared slices, and those that are worst on the validation rows, on the test rows.

    Parameters
    ----------
    test, validation
        Rows with answers and scores. Slices are looked for in one part and measured in the other, so that
        a slice is not bad only for having been chosen.
    spec
        Which columns, how small, how many.
    metric
        What is measured in each slice.
    inputs
        The model's raw columns, among which slices are looked for.
    seed
        Of the intervals.
    champion
        What the serving version predicts of the test rows; each slice is compared with it.
    """
    rival = None
    if champion is not None:
        rival = replace(test, scores=champion).only(spaced(len(test.answers), _SEARCHED_ROWS))
    test, validation = (part.only(spaced(len(part.answers), _SEARCHED_ROWS)) for part in (test, validation))
    there = [name for name in spec.columns if name in test.table.column_names]
    known = [name for name in dict.fromkeys([*there, *inputs]) if name in test.table.column_names]
    own, held = cuts_of(known, validation.table, [test.table, validation.table], bins=spec.bins)
    chosen: list[tuple[Origin, Found]] = [("declared", one) for one in _declared(own, there)]
    searched = losses(validation.answers, validation.scores)
    if spec.find and searched is not None:
        taken = {one.where for _, one in chosen}
        some = search(held, searched, fewest=spec.fewest_rows, most=spec.most)
        chosen += [("found", one) for one in some if one.where not in taken]
    overall = measured(test.answers, test.scores)[metric]
    part = _Part(test, own, metric, overall, seed, losses(test.answers, test.scores), rival)
    looked = (part.measured(place, origin, spec.fewest_rows) for origin, place in chosen)
    found = [one for one in looked if one is not None]
    missing = tuple(name for name in spec.columns if name not in there)
    return Slices(metric=metric, overall=overall, slices=_corrected(found), missing=missing)


def slice_checks(found: Slices, tolerance: float | None) -> tuple[Check, ...]:
    """Check that no slice is worse than all rows by more than a tolerance, beyond doubt.

    Declared slices are judged, or those that were found where none is declared. A slice fails when even the
    better end of its interval is too far off.
    """
    if tolerance is None:
        return ()
    tolerance = tolerated(found.metric, tolerance, found.overall)
    sign = -1.0 if found.metric in LOWER_IS_BETTER else 1.0
    declared = [one for one in found.slices if one.origin == "declared"]
    worst = min(
        declared or found.slices, key=lambda one: _best_end(one, sign) - sign * found.overall, default=None
    )
    if worst is None:
        return (Check(check="worst_slice", value=None, limit=-tolerance, passed=True,
                      reason="no slice has rows enough to be measured"),)  # fmt: skip
    value = _best_end(worst, sign) - sign * found.overall
    reason = (
        f"{found.metric} of {worst.name} ({worst.rows} rows) is {worst.metric.value:.4f} "
        f"(95% interval {worst.metric.low:.4f} to {worst.metric.high:.4f}), of all rows {found.overall:.4f}; "
        f"at most {tolerance:g} worse is allowed"
    )
    passed = value >= -tolerance
    return (Check(check="worst_slice", value=value, limit=-tolerance, passed=passed, reason=reason),)


def _best_end(one: Slice, sign: float) -> float:
    return one.metric.high if sign > 0 else -one.metric.low


def _declared(cuts: Cuts, columns: list[str]) -> Iterator[Found]:
    """Yield every level of the declared columns, and no more than a report can show."""
    places = [(name, level) for name in columns for level in range(len(cuts.names[name]))]
    for place in places[:_MOST_DECLARED]:
        yield Found((place,), 0.0, 0.0)


@dataclass(frozen=True)
class _Part:
    """Test rows cut into levels, with what every slice is measured by."""

    test: Scored
    cuts: Cuts
    metric: str
    overall: float
    seed: int
    loss: Vector | None
    rival: Scored | None

    def measured(self, place: Found, origin: Origin, fewest: int) -> Slice | None:
        """Measure a slice; none if it has too few rows or, of classes, one answer."""
        inside = place.rows(self.cuts)
        rows = np.flatnonzero(inside)
        needed = 1 if self.test.answers.problem == "regression" else 2
        if len(rows) < fewest or len(np.unique(self.test.answers.values[rows])) < needed:
            return None
        whole, drawn = self.test.only(rows), self._drawn(rows)
        interval = drawn.metrics["m"][self.metric]
        value = measured(whole.answers, whole.scores)[self.metric]
        moved, sign = value - interval.value, -1.0 if self.metric in LOWER_IS_BETTER else 1.0
        ends = {"value": value, "low": interval.low + moved, "high": interval.high + moved}
        return Slice(
            name=place.name(self.cuts), columns=tuple(name for name, _ in place.where), origin=origin,
            rows=len(rows), share=len(rows) / len(inside), metric=interval.model_copy(update=ends),
            difference=sign * (value - self.overall), p_value=_doubt(self.loss, inside), worse=False,
            loss=float(self.loss[rows].mean()) if self.loss is not None else 0.0, offset=_offset(whole),
            against_champion=drawn.difference("m", "champion", self.metric) if self.rival else None,
        )  # fmt: skip

    def _drawn(self, rows: NDArray[np.int64]) -> Sample:
        """Measure the model, and the champion if there is one, on resamples of some of the rows."""
        kept = rows[spaced(len(rows), _MEASURED_ROWS)]
        thin, scores = self.test.only(kept), {"m": self.test.scores[kept]}
        if self.rival is not None:
            scores["champion"] = self.rival.scores[kept]
        return measure(thin.answers, scores, seed=self.seed, resamples=_RESAMPLES)


def _offset(rows: Scored) -> float | None:
    """Return how far predictions are off on average."""
    if rows.answers.problem not in ("binary", "regression"):
        return None
    return float(rows.scores.mean() - rows.answers.values.mean())


def _doubt(loss: Vector | None, inside: NDArray[np.bool_]) -> float:
    """Return the one-sided p-value of Welch's test, by the normal distribution."""
    rows = float(inside.sum())
    if loss is None or rows in (0.0, float(len(loss))):
        return 1.0
    own = loss[inside]
    (above,) = excesses(np.array([rows]), np.array([own.sum()]), np.array([(own**2).sum()]), loss)
    return 0.5 * math.erfc(float(above) / math.sqrt(2))


def _corrected(found: list[Slice]) -> tuple[Slice, ...]:
    """Correct p-values by Holm's procedure and put the worst first."""
    ordered = sorted(found, key=lambda one: one.p_value)
    corrected, least = [], 0.0
    for place, one in enumerate(ordered):
        least = max(least, min(1.0, one.p_value * (len(ordered) - place)))
        corrected.append(one.model_copy(update={"p_value": least, "worse": least < _DOUBT}))
    return tuple(sorted(corrected, key=lambda one: (one.difference, one.name)))
