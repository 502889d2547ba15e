"""Step Functions corrections: executions act under their role, end when stopped, and outlive a restart."""

import contextvars
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from local_cloud.emulator.workflow_branches import map_state, parallel
from local_cloud.emulator.workflow_run import CURRENT, ExecutionEndedError, Json, Run, finish, record, sleep
from local_cloud.emulator.workflow_tasks import TOKEN_PREFIX, Step, _engine, error_matches, execute_task

logger = logging.getLogger("penstock.workflows")
_RESUMED: list[str] = []


def walk(states: Json, start: str, data: Any, execution: Json, ctx: Json) -> Any:
    """Run the states of a branch, or of a whole machine, from one state to the end.

    States that had finished before the server was restarted are not run again.
    """
    run, name, turn = CURRENT.get(), start, 0
    while name:
        run.check()
        position = run.below(f"{turn}")
        done = execution.get("memory", {}).get(f"{position.path}!")
        if done is None:
            CURRENT.set(position)
            data, following = _enter(states, name, data, execution, ctx)
            position.forget()
            _remember(position, execution, data, following)
        else:
            data, following = done["output"], done["next"]
        name, turn = following or "", turn + 1
    CURRENT.set(run)
    run.forget()
    return data


def _remember(position: Run, execution: Json, output: Any, following: str | None) -> None:
    """Keep the outcome of a state inside a branch until the branch has ended."""
    if execution["status"] == "RUNNING":
        execution.setdefault("memory", {})[f"{position.path}!"] = {"output": output, "next": following}


def _enter(states: Json, name: str, data: Any, execution: Json, ctx: Json) -> Step:
    """Run one state and record that it was entered and left."""
    from ministack.core.responses import now_iso

    engine = _engine()
    state = states.get(name)
    if state is None:
        raise engine._ExecutionError("States.Runtime", f"State '{name}' not found in definition")
    ctx["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
    kind = state["Type"]
    record(execution, f"{kind}StateEntered", "stateEntered", name=name, input=json.dumps(data))
    output, following = _perform(kind, state, data, execution, ctx)
    record(execution, f"{kind}StateExited", "stateExited", name=name, output=json.dumps(output))
    return output, following


def _perform(kind: str, state: Json, data: Any, execution: Json, ctx: Json) -> Step:
    """Run a state by its type."""
    engine = _engine()
    if kind == "Fail":
        raise engine._ExecutionError(*engine._fail_state_error(state, data, ctx))
    nested: dict[str, Callable[[Json, Any, Json, Json], Step]] = {
        "Task": execute_task,
        "Parallel": parallel(walk),
        "Map": map_state(walk),
    }
    if kind in nested:
        return nested[kind](state, data, execution, ctx)
    if kind == "Succeed":
        return _succeed(state, data, ctx), None
    plain = {"Pass": engine._execute_pass, "Choice": engine._execute_choice, "Wait": engine._execute_wait}
    if kind not in plain:
        raise engine._ExecutionError("States.Runtime", f"Unknown state type: {kind}")
    step: Step = plain[kind](state, data, ctx)
    return step


def _succeed(state: Json, data: Any, ctx: Json) -> Any:
    """Return the output of a Succeed state."""
    engine = _engine()
    if engine._state_query_language(state, ctx) == "JSONata":
        return engine._apply_jsonata_output(state, data, ctx, default=data)
    return engine._apply_output_path(state, engine._apply_input_path(state, data, ctx), ctx)


def _context(execution: Json, machine: Json, definition: Json) -> Json:
    """Return the context object of an execution."""
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "RoleArn": machine["roleArn"],
            "StartTime": execution["startDate"],
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": execution.get("cursor", {}).get("variables", {}),
    }


def run_execution(arn: str) -> None:
    """Run an execution to its end; the emulator calls this in a thread of its own."""
    engine = _engine()
    execution = engine._executions.get(arn)
    machine = engine._state_machines.get(execution["stateMachineArn"]) if execution else None
    if execution is None or machine is None:
        return
    CURRENT.set(Run(execution, machine["roleArn"]))
    definition = json.loads(machine["definition"])
    timer = _expire_later(execution, definition)
    try:
        output = _main(definition, execution, _context(execution, machine, definition))
        _succeed_execution(execution, output)
    except ExecutionEndedError:
        logger.info("The execution %s was ended", arn)
    except engine._ExecutionError as error:
        fail(execution, error.error, error.cause)
    except Exception as error:
        logger.exception("The execution %s broke", arn)
        fail(execution, "States.Runtime", f"{type(error).__name__}: {error}")
    finally:
        if timer is not None:
            timer.cancel()


def _main(definition: Json, execution: Json, ctx: Json) -> Any:
    """Run the machine's own states, noting after each one where to go on after a restart."""
    states, cursor = definition["States"], execution.get("cursor", {})
    name, data = cursor.get("state", definition["StartAt"]), cursor.get("input", ctx["Execution"]["Input"])
    root = CURRENT.get()
    turn = int(cursor.get("turn", 0))
    while name:
        root.check()
        execution["cursor"] = {
            "state": name,
            "input": data,
            "turn": turn,
            "variables": dict(ctx["variables"]),
        }
        position = root.below(str(turn))
        CURRENT.set(position)
        data, name = _enter(states, name, data, execution, ctx)
        position.forget()
        turn += 1
    root.check()
    return data


def _succeed_execution(execution: Json, output: Any) -> None:
    """End an execution with its output."""
    text = json.dumps(output)
    if finish(execution, "SUCCEEDED", output=text):
        record(execution, "ExecutionSucceeded", "executionSucceeded", output=text)
        _engine()._emit_execution_status_event(execution)


def fail(execution: Json, error: str, cause: str) -> None:
    """End an execution with an error."""
    if finish(execution, "FAILED", error=error, cause=cause):
        record(execution, "ExecutionFailed", "executionFailed", error=error, cause=cause)
        _engine()._emit_execution_status_event(execution)


def _expire(execution: Json) -> None:
    """End an execution whose machine allows it no more time."""
    if finish(execution, "TIMED_OUT", error="States.Timeout", cause=None):
        record(execution, "ExecutionTimedOut", "executionTimedOut", error="States.Timeout")
        _engine()._emit_execution_status_event(execution)


def _expire_later(execution: Json, definition: Json) -> threading.Timer | None:
    """Start the clock of a machine's own ``TimeoutSeconds``."""
    if "TimeoutSeconds" not in definition:
        return None
    context = contextvars.copy_context()
    timer = threading.Timer(float(definition["TimeoutSeconds"]), context.run, args=(_expire, execution))
    timer.daemon = True
    timer.start()
    return timer


def _answers(engine: Any) -> None:
    """Answer callbacks as AWS does: a closed task is timed out, a foreign token is invalid."""
    from ministack.core.responses import error_response_json

    def checked(original: Callable[[Json], Any], *, ends: bool) -> Callable[[Json], Any]:
        """Wrap one of the three callback actions."""

        def answer(data: Json) -> Any:
            """Check the token and the output, then answer."""
            token = str(data.get("taskToken", ""))
            if engine._task_tokens.get(token) is None:
                known = token.startswith(TOKEN_PREFIX)
                code = "TaskTimedOut" if known else "InvalidToken"
                reason = "Provided task does not exist anymore" if known else "Invalid token"
                return error_response_json(
                    code, f"{'Task Timed Out' if known else 'Invalid Token'}: '{reason}'", 400
                )
            try:
                json.loads(data.get("output", "{}"))
            except ValueError:
                return error_response_json("InvalidOutput", "The output is not valid JSON.", 400)
            response = original(data)
            if ends:
                engine._task_tokens.pop(token, None)
            return response

        return answer

    for name in ("_send_task_success", "_send_task_failure", "_send_task_heartbeat"):
        setattr(engine, name, checked(getattr(engine, name), ends="heartbeat" not in name))


def _survive_restarts(engine: Any) -> None:
    """Go on with executions that were running when the server was stopped."""
    original = engine.load_persisted_state

    def load(data: Json) -> None:
        """Restore the state, then note which executions to resume."""
        running = [one for one in data["executions"].all_values() if one["status"] == "RUNNING"]
        original(data)
        for execution in running:
            execution.update(status="RUNNING", stopDate=None)
            execution.pop("error", None)
            execution.pop("cause", None)
        _RESUMED.extend(execution["executionArn"] for execution in running)
        threading.Thread(target=_resume, daemon=True).start()

    engine.load_persisted_state = load


def _resume() -> None:
    """Start the noted executions once requests are served."""
    from ministack import app

    while app._MAIN_LOOP is None:
        time.sleep(0.05)
    time.sleep(0.5)
    while _RESUMED:
        arn = _RESUMED.pop()
        threading.Thread(target=contextvars.Context().run, args=(run_execution, arn), daemon=True).start()


def install() -> None:
    """Put the corrected engine in place."""
    engine = _engine()
    engine._run_execution = run_execution
    engine._execute_task = execute_task
    engine._fail_execution = fail
    engine._error_matches = error_matches
    engine._scaled_sleep = lambda seconds: sleep(seconds * engine._SFN_WAIT_SCALE)
    _answers(engine)
    _survive_restarts(engine)
