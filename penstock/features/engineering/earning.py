"""Which features earn their cost: a table with a verdict and its reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.evaluation.bootstrap import Interval
from penstock.features.engineering.leaks import Leak

Verdict = Literal["keep", "watch", "drop"]
Origin = Literal["request", "view", "on demand"]


class Earned(BaseModel):
    """What one feature gives and costs.

    Parameters
    ----------
    origin, view
        Where it comes from.
    auc
        Of the feature alone, on held-out rows; 0.5 is chance.
    mutual_information, information
        In nats, and as the share of the label's uncertainty.
    importance
        How far the AUC of a model of all features falls without it; None when another one stands for it, it
        does not vary, or it is suspected to leak.
    group, represented_by, goes_with
        The number of its group of features that say the same, the one that stands for them, and how strongly
        this one goes together with that.
    inflation
        Variance inflation factor among the numbers of the model, without weaker ones that others add up to.
    shift, missing_shift
        Population stability index between the first and the last third of the time, and how much greater the
        share of rows without a value is in the last.
    missing, distinct
        Share of rows without a value, and number of distinct values in the sample.
    online_bytes, online_share, storage_bytes
        See :class:`~penstock.features.engineering.costs.Cost`.
    verdict, reasons
        ``keep``, ``watch`` (a person should look) or ``drop``, and why.
    """

    model_config = ConfigDict(frozen=True)

    feature: str
    type: str
    origin: Origin = "request"
    view: str | None = None
    auc: Interval
    mutual_information: float
    information: float
    importance: Interval | None = None
    group: int | None = None
    represented_by: str | None = None
    goes_with: float | None = None
    inflation: float | None = None
    shift: float | None = None
    missing_shift: float | None = None
    missing: float
    distinct: int
    online_bytes: float = 0.0
    online_share: float = 0.0
    storage_bytes: float = 0.0
    verdict: Verdict = "keep"
    reasons: tuple[str, ...] = ()


class Selection(BaseModel):
    """All features of a model, weighed.

    Parameters
    ----------
    rows, sampled
        Rows that there are, and those that were looked at.
    train_rows, held_rows, split
        The two parts, and whether time or chance divides them.
    auc
        Of the small model of all features that are not redundant, on the held-out rows.
    chance
        What a feature that knows nothing costs the model at most when it is shuffled.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    sampled: int
    train_rows: int
    held_rows: int
    positive_share: float
    split: Literal["time", "chance"]
    seed: int
    auc: Interval | None
    chance: float
    features: tuple[Earned, ...]
    leaks: tuple[Leak, ...] = ()

    def verdicts(self) -> dict[Verdict, int]:
        """Count the features of each verdict."""
        found: dict[Verdict, int] = {"keep": 0, "watch": 0, "drop": 0}
        for one in self.features:
            found[one.verdict] += 1
        return found

    def feature(self, name: str) -> Earned:
        """Return a feature by name."""
        return next(one for one in self.features if one.feature == name)


class Limits(BaseModel):
    """From where on a person is told.

    Parameters
    ----------
    redundant
        Strength from which two features say the same.
    shift
        Population stability index above which a feature is unstable.
    missing
        Share of missing values above which it is sparse.
    inflation
        Variance inflation above which others predict it.
    """

    model_config = ConfigDict(frozen=True)

    redundant: float = 0.95
    shift: float = 0.25
    missing: float = 0.5
    inflation: float = 10.0


_CONSTANT = 2
_DEVIATIONS = 3.0
_DEAR = 5.0
_EMPTIER = 0.1
_LEAST_SHARE = 0.02


def judged(
    feature: Earned, *, chance: float, total: float, limits: Limits, leaks: Mapping[str, tuple[Leak, ...]]
) -> Earned:
    """Return a feature with its verdict.

    Parameters
    ----------
    chance, total
        The greatest importance of a shadow, and the importances of all features in sum.
    leaks
        What was found of each feature.
    """
    found = leaks.get(feature.feature, ())
    dropped = [*_leaking(found), *_useless(feature, chance)]
    watched = [*(f"{leak.severity} leak: {leak.found}" for leak in found), *_doubtful(feature, total, limits)]
    if dropped:
        return feature.model_copy(update={"verdict": "drop", "reasons": tuple(dropped)})
    if watched:
        return feature.model_copy(update={"verdict": "watch", "reasons": tuple(watched)})
    return feature.model_copy(update={"verdict": "keep", "reasons": (_worth(feature),)})


def _leaking(leaks: tuple[Leak, ...]) -> list[str]:
    """Say why a feature must not be used, where that is certain."""
    return [f"leaks the answer: {leak.found}" for leak in leaks if leak.severity == "certain"]


def _useless(feature: Earned, chance: float) -> list[str]:
    """Say why a feature is worth nothing."""
    if feature.missing >= 1.0:
        return ["it has no value in any row"]
    if feature.distinct < _CONSTANT and feature.missing == 0.0:
        return ["it has one value in all rows"]
    if feature.represented_by is not None:
        return [f"says what {feature.represented_by} says (strength {feature.goes_with or 0.0:.2f})"]
    alone, part = _above(feature.auc, 0.5), _matters(feature, chance)
    if not alone and not part:
        return [
            f"no power that can be told from chance: alone AUC {_told(feature.auc)}, "
            f"in the model {_told(feature.importance)}"
        ]
    return []


def _matters(feature: Earned, chance: float) -> bool:
    """Say whether the model misses the feature more than it misses a shadow."""
    worth = feature.importance
    return worth is not None and _above(worth, 0.0) and worth.value > chance


def _above(found: Interval, level: float) -> bool:
    """Say whether a value is above chance, though it is one of many that are looked at."""
    return found.low > level and found.value - level > _DEVIATIONS * found.standard_deviation


def _doubtful(feature: Earned, total: float, limits: Limits) -> list[str]:
    """Say what a person should look at."""
    worth = feature.importance.value if feature.importance else 0.0
    share = max(0.0, worth) / total if total > 0 else 0.0
    doubts = []
    if feature.importance is not None and feature.importance.low <= 0.0:
        doubts.append(
            f"alone it has power (AUC {_told(feature.auc)}), beside the others the model does not miss it"
        )
    if feature.online_share > max(_LEAST_SHARE, _DEAR * share):
        doubts.append(
            f"costs {feature.online_share:.0%} of the bytes that are read and gives {share:.0%} of the power"
        )
    if feature.shift is not None and feature.shift > limits.shift:
        doubts.append(f"its values shift over time (stability index {feature.shift:.2f})")
    if feature.missing_shift is not None and feature.missing_shift > _EMPTIER:
        doubts.append(f"{feature.missing_shift:.0%} more of the newest rows have no value than of the oldest")
    if feature.missing > limits.missing:
        doubts.append(f"{feature.missing:.0%} of the rows have no value")
    if feature.inflation is not None and feature.inflation > limits.inflation:
        doubts.append(f"the other numbers add up to it (inflation {feature.inflation:.0f})")
    return doubts


def _worth(feature: Earned) -> str:
    """Say what a feature is kept for."""
    return f"alone AUC {feature.auc.value:.3f}, in the model {_told(feature.importance)}"


def _told(found: Interval | None) -> str:
    """Return a value with its interval."""
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})" if found else "not measured"
