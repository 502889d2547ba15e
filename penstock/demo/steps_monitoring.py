"""The step about monitoring: live traffic against its baseline."""

from __future__ import annotations

from penstock.cli import operations
from penstock.demo.play import Play
from penstock.demo.waiting import StepFailed, wait_for
from penstock.reports.collection import monitoring_facts
from penstock.reports.facts import MonitoringFact

_MONITORING_SECONDS = 180.0


def check_traffic(play: Play) -> None:
    """Run the scheduled monitoring at once, and show what has drifted."""
    with play.stage.step(
        "Monitoring compares the live traffic with its baseline", f"penstock monitor {play.use_case}"
    ):
        before, watch = len(monitoring_facts(play.dana, play.use_case)), play.watch("monitoring")
        operations.monitor(play.dana, play.use_case)
        found = wait_for(
            lambda: _newest(play, before),
            what="the monitoring report",
            timeout=_MONITORING_SECONDS,
            watch=watch,
        )
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


def _newest(play: Play, before: int) -> MonitoringFact | None:
    """Return the newest look at the traffic if it is one more than before."""
    found = monitoring_facts(play.dana, play.use_case)
    return found[-1] if len(found) > before else None
