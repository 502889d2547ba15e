"""``executions`` and ``logs``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.telling import AsJson, print_json, say, show

if TYPE_CHECKING:
    from penstock.reports.executions import Executions
    from penstock.reports.facts import ExecutionFact

_COLUMNS = ("started", "workflow", "use_case", "status", "seconds", "failure")
_POLL_SECONDS = 0.5
_OURS = ("penstock", "/aws/sagemaker/")

Follow = Annotated[bool, typer.Option("--follow", help="Keep printing what happens, until Ctrl-C.")]


def executions(
    context: typer.Context,
    follow: Follow = False,
    workflow: Annotated[str | None, typer.Option(help="Only this workflow, such as training.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many of each workflow.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the runs of the workflows, the newest first, with why they failed."""
    from penstock.reports.executions import Executions

    runs = Executions(context.obj.platform())
    if follow:
        _follow_runs(runs, workflow, as_json=as_json)
    found = [_explained(runs, one) for one in runs.recent(workflow, limit=limit)]
    show([_row(one) for one in found], _COLUMNS, as_json=as_json, empty="No workflow has run yet.")


def logs(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Part of a log group's or stream's name.")
    ] = "",
    follow: Follow = False,
    minutes: Annotated[int, typer.Option(min=1, help="How far to look back.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Print what handlers, jobs and endpoints logged."""
    client = context.obj.session().client("logs")
    since = int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp() * 1_000)
    seen: set[tuple[str, ...]] = set()
    while True:
        fresh = [event for event in log_events(client, name, since) if _identity(event) not in seen]
        seen.update(map(_identity, fresh))
        for event in sorted(fresh, key=lambda one: int(one["timestamp"])):
            _print_event(event, as_json=as_json)
        if not follow:
            break
        time.sleep(_POLL_SECONDS)
    if not seen and not as_json:
        say(f"Nothing was logged in the last {minutes} minutes" + (f" by {name!r}." if name else "."))


def log_events(client: Any, name: str, since: int) -> Iterator[dict[str, Any]]:
    """Yield the events of all log groups of ours whose group or stream has the name in it.

    Parameters
    ----------
    client
        A CloudWatch Logs client.
    name
        Part of a name; empty for all.
    since
        Milliseconds since 1970.
    """
    groups = (
        group["logGroupName"]
        for page in client.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    )
    for group in groups:
        if not any(part in group.lower() for part in _OURS):
            continue
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
        for event in (event for page in pages for event in page["events"]):
            if name.lower() in f"{group}/{event.get('logStreamName', '')}".lower():
                yield {**event, "logGroupName": group}


def _identity(event: dict[str, Any]) -> tuple[str, ...]:
    """Return what tells a log event from others."""
    return tuple(
        str(event.get(key, ""))
        for key in ("logGroupName", "logStreamName", "eventId", "timestamp", "message")
    )


def _follow_runs(runs: Executions, workflow: str | None, *, as_json: bool) -> None:
    """Print every change of a run's status, and the state that it is in, for ever."""
    told: dict[str, str] = {}
    while True:
        for one in reversed(runs.recent(workflow, limit=10)):
            state = runs.current_state(one.arn) if one.status == "RUNNING" else ""
            now = f"{one.status} {state}"
            if told.get(one.arn) != now:
                told[one.arn] = now
                _tell_change(_explained(runs, one), state, as_json=as_json)
        time.sleep(_POLL_SECONDS)


def _tell_change(one: ExecutionFact, state: str, *, as_json: bool) -> None:
    """Print one change."""
    if as_json:
        print_json({**_row(one), "state": state})
        return
    took = f" after {one.seconds:.1f} s" if one.seconds is not None else ""
    clock = (one.stopped or datetime.now(UTC)).astimezone(UTC).strftime("%H:%M:%S")
    failure = f"  {_failure(one)}" if one.error else ""
    say(f"{clock}  {one.workflow:12} {one.use_case:16} {one.status.lower()}{took} {state}{failure}".rstrip())


def _explained(runs: Executions, one: ExecutionFact) -> ExecutionFact:
    """Add why a run failed, if it did."""
    return runs.detailed(one) if one.status in {"FAILED", "TIMED_OUT", "ABORTED"} else one


def _row(one: ExecutionFact) -> dict[str, Any]:
    """Return a run as a row."""
    return {
        "started": one.started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "workflow": one.workflow,
        "use_case": one.use_case,
        "status": one.status.lower(),
        "seconds": one.seconds,
        "name": one.name,
        "arn": one.arn,
        "failure": _failure(one),
    }


def _failure(one: ExecutionFact) -> str:
    """Return in one line where and why a run failed."""
    if not (one.error or one.cause):
        return ""
    cause = " ".join(one.cause.split())
    return f"{one.failed_state}: {one.error}: {cause}"[:300]


def _print_event(event: dict[str, Any], *, as_json: bool) -> None:
    """Print one log event."""
    if as_json:
        print_json(event)
        return
    clock = datetime.fromtimestamp(event["timestamp"] / 1_000, UTC).strftime("%H:%M:%S")
    place = event["logGroupName"].rsplit("/", 1)[-1]
    say(f"{clock} {place} {event['message'].rstrip()}")
