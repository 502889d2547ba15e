"""Distributed Map states: each item is an execution of its own, reported by a map run.

As on AWS, a child sees its own input and none of the variables around the state; the role needs permission to
start executions of its own state machine; an item reader reads with the role's permissions; and without a
tolerance one failed child fails the state, whose error does not say why: the child's does.
"""

import contextvars
import json
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.emulator.identity import role_client
from local_cloud.emulator.workflow_run import CURRENT, TICK_SECONDS, ExecutionEndedError, Json, Run, record
from local_cloud.emulator.workflow_tasks import _engine

Walk = Callable[[Json, str, Any, Json, Json], Any]
_AT_ONCE = 40
_COUNTS = (
    "pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
    "failuresNotRedrivable", "pendingRedrive",
)  # fmt: skip
_EXCEEDED = "States.ExceedToleratedFailureThreshold"


def batches(items: Sequence[Any], batcher: Json | None) -> list[Any]:
    """Put items together as an ``ItemBatcher`` says; what a child gets is then an object with ``Items``.

    Examples
    --------
    >>> batches([1, 2, 3], {"MaxItemsPerBatch": 2, "BatchInput": {"a": 1}})
    [{'BatchInput': {'a': 1}, 'Items': [1, 2]}, {'BatchInput': {'a': 1}, 'Items': [3]}]
    >>> batches([1, 2], None)
    [1, 2]
    """
    if not batcher:
        return list(items)
    size, more = int(batcher.get("MaxItemsPerBatch", len(items) or 1)), {}
    if "BatchInput" in batcher:
        more = {"BatchInput": batcher["BatchInput"]}
    return [{**more, "Items": list(items[first : first + size])} for first in range(0, len(items), size)]


def read_items(state: Json, data: Any, ctx: Json) -> Any:
    """Read the items of a state with an item reader from an object, with the role's permissions."""
    engine, run, reader = _engine(), CURRENT.get(), state["ItemReader"]
    if engine._state_query_language(state, ctx) == "JSONata":
        place = engine._apply_jsonata_template(reader["Arguments"], data, ctx)
    else:
        place = engine._resolve_params_obj(reader["Parameters"], data, ctx)
    if not str(reader["Resource"]).endswith("s3:getObject"):
        raise engine._ExecutionError("States.Runtime", f"The reader {reader['Resource']!r} is not emulated.")
    try:
        answer = role_client("s3", *run.role).get_object(Bucket=place["Bucket"], Key=place["Key"])
    except ClientError as error:
        raise engine._ExecutionError("States.ItemReaderFailed", str(error)) from error
    return engine._parse_reader_items(answer["Body"].read().decode(), reader.get("ReaderConfig") or {})


class MapRun:
    """One run of a distributed Map state.

    Parameters
    ----------
    state
        The Map state.
    execution
        That of the workflow around it.
    inputs
        What each child gets.
    """

    def __init__(self, state: Json, execution: Json, inputs: Sequence[Any], at_once: int) -> None:
        self._state, self._parent, self._inputs = state, CURRENT.get(), list(inputs)
        self._at_once = at_once or _AT_ONCE
        self._stop, self._lock = threading.Event(), threading.Lock()
        memory = self._parent.memory()
        _, _, _, region, account, _, machine = execution["stateMachineArn"].split(":")[:7]
        label = state.get("Label") or memory.setdefault("label", str(uuid.uuid4()))
        self._place = f"arn:aws:states:{region}:{account}:{{}}:{machine}/{label}"
        # Known over a restart of the server: children that have ended are not run again.
        names = memory.setdefault("children", [str(uuid.uuid4()) for _ in inputs])
        self.arn = memory.setdefault("map_run", f"{self._place.format('mapRun')}:{uuid.uuid4()}")
        self._record = self._reported(execution["executionArn"])
        self._children = [self._child(name, given) for name, given in zip(names, self._inputs, strict=True)]

    def authorize(self) -> None:
        """Refuse a role that may not start the children."""
        from local_cloud.emulator.authorization import role_may

        machine = self._parent.execution["stateMachineArn"]
        if not role_may(*self._parent.role, "states:StartExecution", "states", machine):
            raise _engine()._ExecutionError(
                "StepFunctions.AccessDeniedException",
                f"{self._parent.role_arn} is not authorized to perform: states:StartExecution on resource: "
                f"{machine}",
            )

    def results(self, walk: Walk, ctx: Json) -> list[Any]:
        """Run all children and return the outputs of those that succeeded, in order."""
        processor = self._state["ItemProcessor"]
        works = [lambda child=child: self._run(walk, processor, child, ctx) for child in self._children]
        with ThreadPoolExecutor(max_workers=max(1, min(self._at_once, len(works) or 1))) as pool:
            futures = [pool.submit(contextvars.copy_context().run, work) for work in works]
            for future in futures:
                while not future.done():
                    self._watch()
        self._parent.check()
        return self._closed()

    def _watch(self) -> None:
        """Give the children up when the workflow around them has ended."""
        if self._parent.given_up():
            self._stop.set()
        self._stop.wait(TICK_SECONDS)

    def _run(self, walk: Walk, processor: Json, child: Json, ctx: Json) -> None:
        """Run one child to its end, whatever that is."""
        from ministack.core.responses import now_iso

        if child["status"] != "RUNNING" or self._stop.is_set():
            return
        self._count(child, "pending", "running")
        position = Run(child, self._parent.role_arn, stops=(self._stop,))
        CURRENT.set(position)
        given = json.loads(child["input"])
        about = {"Input": given, "Name": child["name"], "Id": child["executionArn"]}
        own = {**ctx, "variables": {}, "Execution": {**ctx["Execution"], **about}}
        own.pop("Map", None)
        record(child, "ExecutionStarted", "executionStarted", input=child["input"])
        try:
            output = walk(processor["States"], processor["StartAt"], given, child, own)
            position.check()
            child.update(status="SUCCEEDED", output=json.dumps(output))
        except ExecutionEndedError:
            child.update(status="ABORTED")
        except _engine()._ExecutionError as error:
            child.update(status="FAILED", error=error.error, cause=error.cause)
        except Exception as error:
            child.update(status="FAILED", error="States.Runtime", cause=f"{type(error).__name__}: {error}")
        child["stopDate"] = now_iso()
        child.pop("memory", None)
        self._count(child, "running", child["status"].lower())

    def _closed(self) -> list[Any]:
        """End the map run; raise when more children failed than are tolerated."""
        from ministack.core.responses import now_iso

        failed = [child for child in self._children if child["status"] != "SUCCEEDED"]
        good = not failed or self._tolerates(len(failed))
        self._record.update(status="SUCCEEDED" if good else "FAILED", stopDate=now_iso())
        record(self._parent.execution, "MapRunSucceeded" if good else "MapRunFailed")
        if not good:
            raise _engine()._ExecutionError(
                _EXCEEDED, "The specified tolerated failure threshold was exceeded"
            )
        return [json.loads(child["output"]) for child in self._children if child["status"] == "SUCCEEDED"]

    def _tolerates(self, failed: int) -> bool:
        share = failed * 100 / len(self._children)
        return failed <= int(self._state.get("ToleratedFailureCount") or 0) or share <= float(
            self._state.get("ToleratedFailurePercentage") or 0
        )

    def _reported(self, execution: str) -> Json:
        """Return what ListMapRuns and DescribeMapRun tell of it."""
        from ministack.core.responses import now_iso

        total = {**dict.fromkeys(_COUNTS, 0), "total": len(self._inputs), "pending": len(self._inputs)}
        found: Json = {
            "mapRunArn": self.arn, "executionArn": execution, "status": "RUNNING", "startDate": now_iso(),
            "maxConcurrency": int(self._at_once), "itemCounts": dict(total), "executionCounts": dict(total),
            "toleratedFailurePercentage": float(self._state.get("ToleratedFailurePercentage") or 0),
            "toleratedFailureCount": int(self._state.get("ToleratedFailureCount") or 0), "redriveCount": 0,
            "_stateMachineArn": self._place.format("stateMachine"),
        }  # fmt: skip
        _engine()._map_runs[self.arn] = found
        record(self._parent.execution, "MapRunStarted", "mapRunStarted", mapRunArn=self.arn)
        return found

    def _child(self, name: str, given: Any) -> Json:
        """Return the record of a child, the one before the restart if there was one."""
        from ministack.core.responses import now_iso

        arn = f"{self._place.format('execution')}:{name}"
        known: Json | None = _engine()._executions.get(arn)
        if known is not None:
            return known
        child = {
            "executionArn": arn, "stateMachineArn": self._place.format("stateMachine"), "name": name,
            "status": "RUNNING", "startDate": now_iso(), "stopDate": None, "input": json.dumps(given),
            "inputDetails": {"included": True}, "output": None, "outputDetails": {"included": True},
            "mapRunArn": self.arn, "events": [], "testCase": None, "mockAttempts": {},
        }  # fmt: skip
        _engine()._executions[arn] = child
        return child

    def _count(self, child: Json, before: str, after: str) -> None:
        """Move one child from one count to another."""
        with self._lock:
            for counts in (self._record["itemCounts"], self._record["executionCounts"]):
                counts[before] -= 1
                counts[after] += 1
