"""What one running execution carries: its role, its reasons to stop, and its memory for a restart."""

import contextvars
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

Json = dict[str, Any]
_HISTORY = threading.RLock()
TICK_SECONDS = 0.05


class ExecutionEndedError(Exception):
    """The execution was stopped, has timed out, or a sibling branch has failed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A position in a running execution.

    Attributes
    ----------
    execution
        The emulator's record of the execution.
    role_arn
        The state machine's role.
    path
        Where in the nested states this position is; the key of its memory.
    stops
        Set when a branch around this position was given up.
    """

    execution: Json
    role_arn: str
    path: str = ""
    stops: tuple[threading.Event, ...] = ()

    @property
    def role(self) -> tuple[str, str]:
        """Return the role and the name of its session."""
        return self.role_arn, str(self.execution["name"])

    def given_up(self) -> bool:
        """Tell whether the work at this position is no longer wanted."""
        return self.execution["status"] != "RUNNING" or any(stop.is_set() for stop in self.stops)

    def check(self) -> None:
        """Raise when the work is no longer wanted."""
        if self.given_up():
            raise ExecutionEndedError(self.execution["executionArn"])

    def below(self, name: str, *stops: threading.Event) -> "Run":
        """Return the position of a state or branch below this one."""
        return replace(self, path=f"{self.path}/{name}", stops=(*self.stops, *stops))

    def memory(self) -> Json:
        """Return what this position must remember over a restart of the server."""
        memories: dict[str, Json] = self.execution.setdefault("memory", {})
        return memories.setdefault(self.path, {})

    def forget(self) -> None:
        """Drop the memory of this position and of all below it."""
        memories: dict[str, Json] = self.execution.get("memory", {})
        for path in [key for key in list(memories) if key == self.path or key.startswith(f"{self.path}/")]:
            memories.pop(path, None)


CURRENT: contextvars.ContextVar[Run] = contextvars.ContextVar("penstock_run")


def sleep(seconds: float) -> None:
    """Wait inside an execution; wake early when it ends."""
    run, until = CURRENT.get(None), time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if run is not None and run.given_up():
            return
        time.sleep(min(left, TICK_SECONDS))


def record(execution: Json, kind: str, detail_name: str = "", **detail: Any) -> None:
    """Add an event to an execution's history."""
    from ministack.core.responses import now_iso

    with _HISTORY:
        events = execution["events"]
        event: Json = {
            "id": len(events) + 1,
            "previousEventId": len(events),
            "type": kind,
            "timestamp": now_iso(),
        }
        if detail_name:
            event[f"{detail_name}EventDetails"] = detail
        events.append(event)


def finish(execution: Json, status: str, **fields: Any) -> bool:
    """End an execution unless it has ended already; tell whether this call ended it."""
    from ministack.core.responses import now_iso

    with _HISTORY:
        if execution["status"] != "RUNNING":
            return False
        execution.update(status=status, stopDate=now_iso(), **fields)
        for key in ("memory", "cursor"):
            execution.pop(key, None)
    return True
