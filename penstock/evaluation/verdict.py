"""The gates: whether a version is good enough to ask a person."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from penstock.evaluation.bootstrap import Interval, Sample
from penstock.evaluation.checks import Check
from penstock.evaluation.measuring import LOWER_IS_BETTER, tolerated
from penstock.specs import Gates


class Verdict(BaseModel):
    """All gates of a run's best candidate."""

    model_config = ConfigDict(frozen=True)

    passed: bool
    checks: tuple[Check, ...]
    chosen: str
    compared_with: str | None


def judge(
    gates: Gates,
    *,
    metric: str,
    chosen: str,
    baseline: str,
    champion: str | None,
    champion_problem: str | None,
    test: Sample,
    recent: Sample,
    recent_name: str,
    model_bytes: int,
    latency_ms: float,
    more: tuple[Check, ...] = (),
) -> Verdict:
    """Check every gate.

    Parameters
    ----------
    gates
        The use case's limits. A minimum for a loss (``log_loss``, ``brier``) is the most it may be.
    metric
        The one that models are compared by.
    chosen, baseline, champion
        Names in the samples; ``champion`` is the version, measured as ``"champion"``, or None.
    champion_problem
        Why the champion could not be measured, if so.
    test, recent
        All models on the test rows, and on those of the newest arrival.
    recent_name
        How the rows of ``recent`` are called in reasons.
    model_bytes, latency_ms
        Size of the package; median time for one row.
    more
        What was found beside the metrics: fairness, slices, robustness, soundness, history.
    """
    checks = [_minimum(name, limit, test.metrics[chosen]) for name, limit in gates.minimum.items()]
    if gates.better_than_baseline:
        checks.append(_better(test.difference(chosen, baseline, metric), metric))
    if champion is not None:
        found, tolerance = None, gates.champion_tolerance
        if champion_problem is None:
            found = recent.difference(chosen, "champion", metric)
            tolerance = tolerated(metric, tolerance, recent.metrics["champion"][metric].value)
        rows = f"{recent.rows} {recent_name}"
        checks.append(
            _not_worse(
                found,
                tolerance,
                metric=metric,
                version=champion,
                problem=champion_problem,
                rows=rows,
            )
        )
    checks.append(_at_most("model_size", model_bytes / 1e6, gates.maximum_model_megabytes, "MB"))
    checks.append(_at_most("latency", latency_ms, gates.maximum_latency_milliseconds, "ms for one row"))
    checks.extend(more)
    compared = champion if champion_problem is None else None
    return Verdict(
        passed=all(check.passed for check in checks),
        checks=tuple(checks),
        chosen=chosen,
        compared_with=compared,
    )


def _minimum(name: str, limit: float, found: dict[str, Interval]) -> Check:
    """Check a metric on the test rows."""
    if name not in found:
        return Check(
            check=f"minimum_{name}",
            value=None,
            limit=limit,
            passed=False,
            reason=f"there is no metric {name!r}; known are {', '.join(found)}",
        )
    value, lower = found[name].value, name in LOWER_IS_BETTER
    passed = value <= limit if lower else value >= limit
    relation = ("at most" if lower else "at least") + f" {limit:g}"
    return Check(
        check=f"minimum_{name}",
        value=value,
        limit=limit,
        passed=passed,
        reason=f"{name} on the test rows is {value:.4f}, {relation} is needed",
    )


def _better(difference: Interval, metric: str) -> Check:
    """Check that the model beats the baseline beyond doubt."""
    span = f"{difference.value:+.4f} (95% interval {difference.low:+.4f} to {difference.high:+.4f})"
    return Check(
        check="better_than_baseline",
        value=difference.low,
        limit=0.0,
        passed=difference.low > 0,
        reason=f"{metric} against the baseline: {span}; the low end must be above 0",
    )


def _not_worse(
    found: Interval | None, tolerance: float, *, metric: str, version: str, problem: str | None, rows: str
) -> Check:
    """Check that the champion is not better on the newest rows."""
    if found is None:
        return Check(
            check="not_worse_than_champion",
            value=None,
            limit=-tolerance,
            passed=True,
            reason=f"version {version} could not be compared: {problem}",
        )
    reason = (
        f"{metric} against version {version} on {rows}: {found.value:+.4f} "
        f"(95% interval {found.low:+.4f} to {found.high:+.4f}); at least {-tolerance:g} is needed"
    )
    return Check(
        check="not_worse_than_champion",
        value=found.value,
        limit=-tolerance,
        passed=found.value >= -tolerance,
        reason=reason,
    )


def _at_most(name: str, value: float, limit: float, unit: str) -> Check:
    """Check a size or a time."""
    return Check(
        check=name,
        value=value,
        limit=limit,
        passed=value <= limit,
        reason=f"{value:.3g} {unit}, at most {limit:g} is allowed",
    )
