"""The end of a story: a summary and the report, both from the platform's own records."""

from __future__ import annotations

from datetime import UTC, datetime

from penstock.demo.play import Play
from penstock.demo.stage import Stage
from penstock.reports import collect, render
from penstock.reports.facts import Facts

_NEXT = ("status", "executions --follow", "models", "predict {use_case} --sample 5", "logs training", "down")


def sum_up(play: Play) -> None:
    """Collect the facts, write the report and tell the summary."""
    path = play.request.report
    with play.stage.step(
        "The report is written from the platform's own records", f"penstock report {play.use_case} -o {path}"
    ):
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        facts = collect(play.dana, play.use_case, generated_at=at, story=play.stage.steps)
        path.write_text(render(facts), encoding="utf-8")
        tell_summary(play.stage, facts)
        play.stage.note(f"\n{path.resolve()} ({path.stat().st_size / 1_000:.0f} kB)")
    total = sum(step.seconds for step in play.stage.steps)
    play.stage.note(
        f"\nThe whole story took {total:.0f} s. The local cloud stays up; look around:", style="bold"
    )
    for command in _NEXT:
        play.stage.note(f"$ penstock {command.format(use_case=play.use_case)}", style="dim")


def tell_summary(stage: Stage, facts: Facts) -> None:
    """Tell rows, versions, drift and the time of each workflow."""
    stage.note(
        f"{facts.rows_in:,} rows in {len(facts.arrivals)} files: {facts.rows_curated:,} curated, "
        f"{facts.rows_quarantined:,} quarantined"
    )
    stage.table(
        [_version(facts, number) for number in range(len(facts.versions))],
        ("version", "stage", "model", facts.metric, f"recent_{facts.metric}", "gates"),
    )
    if drifted := sorted({name for look in facts.monitoring for name in look.drifted}):
        stage.note(f"drift found in {', '.join(drifted)}")
    stage.table(_workflows(facts), ("workflow", "runs", "longest_seconds", "all_seconds"))
    stage.note(
        f"audit: {facts.audit.records} records, chain {'verified' if facts.audit.verified else 'BROKEN'}"
    )


def _version(facts: Facts, place: int) -> dict[str, object]:
    """Return a version as a row."""
    version = facts.versions[place]
    chosen, broken = version.chosen, [check.check for check in version.checks if not check.passed]
    test = chosen.test.get(facts.metric) if chosen else None
    recent = chosen.recent.get(facts.metric) if chosen else None
    return {
        "version": version.version,
        "stage": version.stage,
        "model": version.candidate,
        facts.metric: test.value if test else None,
        f"recent_{facts.metric}": recent.value if recent else None,
        "gates": f"refused by {', '.join(broken)}" if broken else "passed",
    }


def _workflows(facts: Facts) -> list[dict[str, object]]:
    """Return the time of each workflow."""
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys(one.workflow for one in facts.executions):
        times = [one.seconds for one in facts.executions if one.workflow == name and one.seconds is not None]
        runs = sum(one.workflow == name for one in facts.executions)
        rows.append(
            {
                "workflow": name,
                "runs": runs,
                "longest_seconds": round(max(times, default=0.0), 1),
                "all_seconds": round(sum(times), 1),
            }
        )
    return rows
