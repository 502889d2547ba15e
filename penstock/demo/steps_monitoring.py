"""The steps about monitoring: live traffic against its baseline."""

from __future__ import annotations

from penstock.cli import operations
from penstock.demo.play import Play
from penstock.demo.waiting import StepFailed, wait_for
from penstock.reports.collection import monitoring_facts
from penstock.reports.facts import MonitoringFact

_MONITORING_SECONDS = 180.0


def check_live_traffic(play: Play) -> None:
    """Run the scheduled monitoring at once on ordinary traffic: nothing has drifted."""
    with play.stage.step(
        "Monitoring compares the live traffic with its baseline", f"penstock monitor {play.use_case}"
    ):
        found = _look(play)
        if found.drifted:
            raise StepFailed("Ordinary traffic was taken for drift.", found=", ".join(found.drifted))
        play.stage.note(f"{found.rows:,} rows, no violation")


def check_changed_traffic(play: Play) -> None:
    """Run it again on the changed traffic, and show what has drifted."""
    with play.stage.step(
        "Monitoring looks again, at what has come since", f"penstock monitor {play.use_case}"
    ):
        found = _look(play)
        rows = [
            {
                "feature": one.feature,
                "distance": one.distance,
                "threshold": one.threshold,
                "drifted": one.drifted,
            }
            for one in found.distances
        ]
        play.stage.table(rows, ("feature", "distance", "threshold", "drifted"))
        if not found.drifted:
            raise StepFailed(
                "No drift was found in changed traffic.", found=f"{found.rows} rows, {found.status}"
            )
        play.stage.note(f"{found.violations} violations: drift in {', '.join(found.drifted)}", style="bold")


def _look(play: Play) -> MonitoringFact:
    """Start the monitoring workflow and wait for what it finds."""
    before, watch = len(monitoring_facts(play.dana, play.use_case)), play.watch("monitoring")
    operations.monitor(play.dana, play.use_case)
    return wait_for(
        lambda: _newest(play, before),
        what="the monitoring report",
        timeout=_MONITORING_SECONDS,
        watch=watch,
    )


def _newest(play: Play, before: int) -> MonitoringFact | None:
    """Return the newest look at the traffic if it is one more than before."""
    found = monitoring_facts(play.dana, play.use_case)
    return found[-1] if len(found) > before else None
