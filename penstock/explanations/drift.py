"""What a model looks at in live traffic, against what it looked at in training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from penstock.explanations.records import StoredExplanation

LIMIT = 0.9
"""Below this, SageMaker Model Monitor reports drift of feature attributions."""


class DayOfAttributions(BaseModel):
    """One day of explanations."""

    model_config = ConfigDict(frozen=True)

    date: str
    rows: int
    ndcg: float | None


class Attributions(BaseModel):
    """What the stored explanations of a time say together.

    Attributes
    ----------
    global_shap, training
        The mean size of each column's values, live (the largest first) and in training.
    ndcg
        How alike the two orders are, 1 where they are the same; None where training is unknown.
    drifted
        Whether ``ndcg`` is below 0.9.
    violations
        The same in SageMaker Model Monitor's format.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    version: int
    rows: int
    since: str
    until: str
    global_shap: dict[str, float]
    training: dict[str, float]
    ndcg: float | None
    drifted: bool
    days: tuple[DayOfAttributions, ...]

    @property
    def violations(self) -> dict[str, Any]:
        """Return ``constraint_violations.json`` of SageMaker."""
        return violations(self.ndcg if self.drifted else None)


def violations(drifted: float | None) -> dict[str, Any]:
    """Return ``constraint_violations.json`` as a feature attribution monitor of SageMaker writes it.

    Parameters
    ----------
    drifted
        The nDCG of a drift; None where there is none.
    """
    if drifted is None:
        return {"version": "1.0", "violations": []}
    found = {
        "label": "label0",
        "metric_name": "shap",
        "constraint_check_type": "feature_attribution_drift_check",
        "description": f"Feature attribution drift: nDCG {drifted:.4f} is below {LIMIT}.",
    }
    return {"version": "1.0", "violations": [found]}


class _Sizes:
    """Adds sizes up."""

    def __init__(self) -> None:
        self.rows, self.sums = 0, dict[str, float]()

    def add(self, shap: Mapping[str, float]) -> None:
        self.rows += 1
        for name, value in shap.items():
            self.sums[name] = self.sums.get(name, 0.0) + abs(value)

    def means(self) -> dict[str, float]:
        ranked = sorted(self.sums.items(), key=lambda entry: -entry[1])
        return {name: total / self.rows for name, total in ranked}


def attributions(
    explanations: Iterable[StoredExplanation], *, use_case: str, version: int, training: Mapping[str, float]
) -> Attributions:
    """Add explanations of a version up, and compare them with training.

    Parameters
    ----------
    explanations
        Of one version.
    training
        The mean size of each column's values on the test rows: ``global_shap`` of its ``explanation.json``.
    """
    whole, days = _Sizes(), dict[str, _Sizes]()
    first, last = "", ""
    for one in explanations:
        whole.add(one.shap)
        days.setdefault(one.time[:10], _Sizes()).add(one.shap)
        first, last = min(first or one.time, one.time), max(last, one.time)
    live = whole.means()
    found = ndcg(training, live)
    return Attributions(
        use_case=use_case, version=version, rows=whole.rows, since=first, until=last, global_shap=live,
        training=dict(training), ndcg=found, drifted=found is not None and found < LIMIT,
        days=tuple(
            DayOfAttributions(date=date, rows=sizes.rows, ndcg=ndcg(training, sizes.means()))
            for date, sizes in sorted(days.items())
        ),
    )  # fmt: skip


def ndcg(training: Mapping[str, float], live: Mapping[str, float]) -> float | None:
    """Return the normalised discounted cumulative gain of the live order of columns.

    As SageMaker documents it: columns are ranked by their live values, each gains what it had in training,
    discounted by the logarithm of its rank; the best order has 1. None where one of them has no columns in
    common with the other, or nothing mattered in training.

    Examples
    --------
    >>> ndcg({"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 9.0, "b": 5.0, "c": 2.0})
    1.0
    >>> round(ndcg({"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 1.0, "b": 2.0, "c": 3.0}), 4)
    0.79
    """
    names = [name for name in training if name in live]
    best = _gain(sorted((training[name] for name in names), reverse=True))
    if not names or best <= 0:
        return None
    ranked = sorted(names, key=lambda name: (-live[name], -training[name]))
    return _gain(training[name] for name in ranked) / best


def _gain(values: Iterable[float]) -> float:
    return sum(value / math.log2(rank + 2) for rank, value in enumerate(values))
