"""Runs of the workflows, as Step Functions tells of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from penstock.errors import NotFound
from penstock.reports.facts import ExecutionFact, SpanFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from penstock.platform import Platform

FAILED = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
_PAGE = 100
_MESSAGES = ("errorMessage", "ExitMessage", "FailureReason")


class Executions:
    """The runs of a platform's workflows.

    Parameters
    ----------
    platform
        Gives the session and the state machines.

    Examples
    --------
    ::

        for execution in Executions(platform).recent("training"):
            print(execution.name, execution.status, execution.seconds)
    """

    def __init__(self, platform: Platform) -> None:
        self._client: Any = platform.session.client("stepfunctions")
        self._workflows = dict(platform.workflows)
        self._inputs: dict[str, str] = {}

    def recent(
        self, workflow: str | None = None, *, use_case: str | None = None, limit: int = _PAGE
    ) -> list[ExecutionFact]:
        """Return the latest runs, the newest first.

        Parameters
        ----------
        workflow
            Only this one.
        use_case
            Only runs about this use case.
        limit
            How many of each workflow are looked at.

        Raises
        ------
        NotFound
            There is no such workflow.
        """
        if workflow is not None and workflow not in self._workflows:
            known = ", ".join(sorted(self._workflows))
            raise NotFound("There is no such workflow.", found=workflow, expected=f"one of {known}")
        names = [workflow] if workflow else sorted(self._workflows)
        found = [execution for name in names for execution in self._list(name, limit)]
        kept = [one for one in found if use_case is None or one.use_case == use_case]
        return sorted(kept, key=lambda one: one.started, reverse=True)

    def detailed(self, execution: ExecutionFact) -> ExecutionFact:
        """Return a run with its outermost states and, if it failed, where and why."""
        events = list(self._events(execution.arn))
        failure = failure_of(events) if execution.status in FAILED else {}
        end = execution.stopped or (events[-1]["timestamp"] if events else execution.started)
        return execution.model_copy(update={"states": outermost(spans(events, end)), **failure})

    def current_state(self, arn: str) -> str:
        """Return the state that a run entered last."""
        pages = self._client.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=50)
        names = (event["stateEnteredEventDetails"]["name"] for event in pages["events"] if _entered(event))
        return str(next(names, ""))

    def _list(self, workflow: str, limit: int) -> Iterator[ExecutionFact]:
        """Yield the newest runs of one workflow."""
        answer = self._client.list_executions(
            stateMachineArn=self._workflows[workflow], maxResults=min(limit, _PAGE)
        )
        for entry in answer["executions"]:
            arn = entry["executionArn"]
            yield ExecutionFact(
                workflow=workflow,
                name=entry["name"],
                arn=arn,
                status=entry["status"],
                started=entry["startDate"],
                stopped=entry.get("stopDate"),
                use_case=self._use_case(arn),
            )

    def _use_case(self, arn: str) -> str:
        """Return the use case that a run is about; its input never changes."""
        if arn not in self._inputs:
            described = self._client.describe_execution(executionArn=arn)
            self._inputs[arn] = use_case_of(described.get("input") or "{}")
        return self._inputs[arn]

    def _events(self, arn: str) -> Iterator[dict[str, Any]]:
        """Yield the history of a run, oldest first."""
        pages = self._client.get_paginator("get_execution_history").paginate(executionArn=arn)
        for page in pages:
            yield from page["events"]


def use_case_of(document: str) -> str:
    """Return the use case that a workflow's input names, or an empty text.

    Examples
    --------
    >>> use_case_of('{"detail": {"object": {"key": "b/c/d.csv"}}}')
    'b'
    """
    try:
        given = json.loads(document)
    except ValueError:
        return ""
    if not isinstance(given, dict):
        return ""
    detail = given.get("detail")
    inner: dict[str, Any] = detail if isinstance(detail, dict) else {}
    key = (inner.get("object") or {}).get("key", "")
    return str(given.get("use_case") or inner.get("use_case") or str(key).partition("/")[0])


def spans(events: Iterable[dict[str, Any]], end: datetime) -> list[SpanFact]:
    """Pair the entering and leaving of states, by name; what was never left ends at ``end``."""
    waiting: dict[str, list[datetime]] = {}
    found: list[SpanFact] = []
    for event in events:
        if _entered(event):
            waiting.setdefault(event["stateEnteredEventDetails"]["name"], []).append(event["timestamp"])
        elif name := event.get("stateExitedEventDetails", {}).get("name"):
            starts = waiting.get(name)
            if starts:
                found.append(SpanFact(name=name, started=starts.pop(0), stopped=event["timestamp"]))
    left = [SpanFact(name=name, started=at, stopped=end) for name, all_ in waiting.items() for at in all_]
    return sorted(found + left, key=lambda span: (span.started, span.name))


def outermost(found: Iterable[SpanFact]) -> tuple[SpanFact, ...]:
    """Leave out states that ran inside another one, as the iterations of a Map do."""
    kept: list[SpanFact] = []
    for span in sorted(found, key=lambda one: (one.started, -one.stopped.timestamp())):
        if not any(span.started >= outer.started and span.stopped < outer.stopped for outer in kept):
            kept.append(span)
    return tuple(kept)


def failure_of(events: list[dict[str, Any]]) -> dict[str, str]:
    """Return the state that a failed run was in, its error and its cause.

    A workflow that records its failure ends with an error of its own; what broke is the task before.
    """
    entered, found = "", {"failed_state": "", "error": "", "cause": ""}
    for event in events:
        kind = str(event.get("type", ""))
        if _entered(event):
            entered = event["stateEnteredEventDetails"]["name"]
        elif kind.startswith("Execution") and (found["error"] or found["cause"]):
            continue
        elif kind.endswith(("Failed", "TimedOut", "Aborted")):
            details = next((one for one in event.values() if isinstance(one, dict)), {})
            found = {
                "failed_state": entered,
                "error": str(details.get("error", "")),
                "cause": _cause(details),
            }
    return found


def _cause(details: dict[str, Any]) -> str:
    """Return a failure's cause; of a handler's or a job's document only the message."""
    cause = str(details.get("cause", ""))
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    found = document if isinstance(document, dict) else {}
    return str(next((found[key] for key in _MESSAGES if found.get(key)), cause))


def _entered(event: dict[str, Any]) -> bool:
    """Say whether an event is the entering of a state."""
    return "stateEnteredEventDetails" in event
