"""Limits of bias metrics as checks of the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from penstock.evaluation.checks import Check
from penstock.specs.evaluation import FairnessMetric

if TYPE_CHECKING:
    from penstock.evaluation.fairness.report import Bias

Limit = float | tuple[float, float]


def fairness_checks(limits: Mapping[FairnessMetric, Limit], found: Sequence[Bias]) -> tuple[Check, ...]:
    """Check every group against every limit; what cannot be measured does not pass.

    Examples
    --------
    >>> [check] = fairness_checks({"DPPL": 0.1}, [])
    >>> check.passed, check.reason
    (False, 'no facet was measured: declare model.evaluation.facets')
    """
    return tuple(check for name, limit in limits.items() for check in _checks(name, limit, found))


def _checks(name: str, limit: Limit, found: Sequence[Bias]) -> Iterator[Check]:
    low, high = (-limit, limit) if isinstance(limit, int | float) else limit
    told = [one for one in found if one.name == name]
    if not told:
        reason = "no facet was measured: declare model.evaluation.facets"
        yield Check(check=f"fairness_{name}", value=None, limit=high, passed=False, reason=reason)
    for one in told:
        passed = one.value is not None and low <= one.value <= high
        said = f"is {one.value:+.4f}" if one.value is not None else f"cannot be measured ({one.error})"
        yield Check(
            check=f"fairness_{name}",
            value=one.value if one.value is not None and abs(one.value) < float("inf") else None,
            limit=high if one.value is None or one.value >= 0 else low,
            passed=passed,
            reason=f"{one.description} of {one.facet} {one.group} {said}; {low:g} to {high:g} is allowed",
        )
