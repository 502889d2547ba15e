"""The report: one self-contained page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from penstock.reports import plots
from penstock.reports.facts import CandidateFact, ExecutionFact, Facts, IntervalFact, VersionFact
from penstock.reports.reasons import reasons_of
from penstock.reports.sides import sides

_MOST_RUNS, _MOST_REASONS, _MOST_CURVES = 60, 12, 3
_MEASURED = 4
"""Metrics that a table of models has room for."""


def render(facts: Facts) -> str:
    """Return the report as HTML: no scripts, nothing from elsewhere, light or dark as the reader's screen is.

    Parameters
    ----------
    facts
        What :func:`~penstock.reports.collect` found.

    Examples
    --------
    >>> page = render(Facts(use_case="a", title="<b>", owner="o", environment="dev", metric="auc",
    ...                     generated_at="2026-01-01T00:00:00.000Z"))
    >>> "&lt;b&gt;" in page, "<script" in page
    (True, False)
    """
    return _environment().get_template("report.html.jinja").render(facts=facts, **_sections(facts))


@cache
def _environment() -> Environment:
    """Return Jinja with everything escaped and every misspelt name an error."""
    found = Environment(
        loader=PackageLoader("penstock.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"clock": clock, "metric": metric, "seconds": seconds, "day": day}
    return found


def clock(moment: str) -> str:
    """Return the time of day of an ISO 8601 moment."""
    return moment[11:19] or moment


def day(moment: str) -> str:
    """Return an ISO 8601 moment as people write it."""
    return f"{moment[:10]} {moment[11:16]} UTC" if len(moment) > len("2026-01-01T00:00") else moment


def metric(interval: IntervalFact | None) -> str:
    """Return a metric with its interval.

    Examples
    --------
    >>> metric(IntervalFact(value=0.81234, low=0.80111, high=0.82999))
    '0.812 (0.801 to 0.830)'
    """
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})" if interval else "—"


def seconds(value: float | None) -> str:
    """Return a time for people: seconds, or minutes and seconds."""
    if value is None:
        return "running"
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {value % 60:.0f} s"  # noqa: PLR2004


def _sections(facts: Facts) -> dict[str, Any]:
    """Return what the template shows beside the facts themselves."""
    told = facts.champion or _latest_measured(facts.versions)
    return {
        "told": told,
        "measured": _measured(facts, told),
        "funnel": _funnel(facts),
        "curves": _curves(facts, told),
        "intervals": _intervals(facts),
        "watched": [
            (
                look,
                plots.limit_bars(
                    [(d.feature, d.distance, d.threshold) for d in look.distances],
                    title="Distance from the baseline by column",
                ),
            )
            for look in facts.monitoring
            if look.distances
        ],
        "sides": sides(told.documents) if told else [],
        "why": reasons_of(told),
        "timeline": plots.timeline(_newest(facts.executions)),
        "workflows": _workflows(facts.executions),
    }


def _latest_measured(versions: Iterable[VersionFact]) -> VersionFact | None:
    """Return the newest version that was measured."""
    return next((version for version in reversed(list(versions)) if version.models), None)


def _funnel(facts: Facts) -> Markup:
    """Draw what became of the rows."""
    reasons = [(reason.rule, reason.broken) for reason in facts.reasons[:_MOST_REASONS]]
    return plots.funnel(
        rows_in=facts.rows_in, curated=facts.rows_curated, quarantined=facts.rows_quarantined, reasons=reasons
    )


def _measured(facts: Facts, told: VersionFact | None) -> list[str]:
    """Return the metrics that a table of models shows: the one that they are compared by comes first."""
    measured = list(told.chosen.test) if told and told.chosen else []
    return sorted(measured, key=lambda name: name != facts.metric)[:_MEASURED]


def _curves(facts: Facts, told: VersionFact | None) -> list[Markup]:
    """Draw the curves of the newest versions that were measured."""
    with_curves = [version for version in facts.versions if version.curves][-_MOST_CURVES:]
    if not with_curves or told is None:
        return []
    named = {
        f"v{version.version} {version.candidate} ({version.stage})": version.curves for version in with_curves
    }
    share = told.summary.get("positive_share", {}).get("test")
    return [plots.roc(named), plots.precision_recall(named, positive_share=share), plots.calibration(named)]


def _intervals(facts: Facts) -> Markup:
    """Draw the compared metric of every version, on all test rows and on the newest ones."""
    found = []
    for version in facts.versions:
        chosen = version.chosen
        for rows, style in (("test", "s1"), ("recent", "s2")):
            interval = getattr(chosen, rows).get(facts.metric) if chosen else None
            if interval:
                found.append((f"version {version.version}, {rows}", interval, style))
        if rival := _rival(version):
            found.append((f"version {version.compared_with}, same recent", rival.recent[facts.metric], "s3"))
    return plots.intervals(found, title=f"{facts.metric} by version") if found else Markup("")


def _rival(version: VersionFact) -> CandidateFact | None:
    """Return the champion as it was measured beside a version, if it was on the newest rows."""
    return next((model for model in version.models if model.role == "champion" and model.recent), None)


def _newest(executions: tuple[ExecutionFact, ...]) -> tuple[ExecutionFact, ...]:
    """Return as many runs as a timeline can show."""
    return executions[-_MOST_RUNS:]


def _workflows(executions: tuple[ExecutionFact, ...]) -> list[dict[str, Any]]:
    """Sum the runs of each workflow up."""
    summed = []
    for name in dict.fromkeys(one.workflow for one in executions):
        runs = [one for one in executions if one.workflow == name]
        times = [one.seconds for one in runs if one.seconds is not None]
        failed = sum(one.status in {"FAILED", "TIMED_OUT", "ABORTED"} for one in runs)
        summed.append(
            {
                "name": name,
                "runs": len(runs),
                "failed": failed,
                "longest": max(times, default=None),
                "total": sum(times),
            }
        )
    return summed
