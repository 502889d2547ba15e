"""Task states: calls under the execution's role, timeouts, callbacks, retries and catchers."""

import base64
import contextvars
import json
import random
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.emulator import integrations, jobs
from local_cloud.emulator.identity import role_client
from local_cloud.emulator.integrations import Resource, TaskError
from local_cloud.emulator.workflow_run import CURRENT, TICK_SECONDS, Json, Run, record, sleep

TOKEN_PREFIX = "AQCEAAAAKgAAAAMAAAAA"  # noqa: S105
Step = tuple[Any, str | None]


def _engine() -> Any:
    """Return the emulator's Step Functions service."""
    from ministack.services import stepfunctions

    return stepfunctions


def error_matches(names: list[str], error: str) -> bool:
    """Tell whether a retrier or catcher that lists names matches an error, by AWS's rules.

    Examples
    --------
    >>> error_matches(["States.ALL"], "Boom"), error_matches(["States.ALL"], "States.Runtime")
    (True, False)
    >>> error_matches(["States.TaskFailed"], "States.Timeout")
    False
    >>> error_matches(["States.Timeout"], "States.HeartbeatTimeout")
    True
    """
    timeouts = ("States.Timeout", "States.HeartbeatTimeout")
    if error in names or ("States.Timeout" in names and error in timeouts):
        return True
    if error in ("States.Runtime", "States.DataLimitExceeded"):
        return False
    return "States.ALL" in names or ("States.TaskFailed" in names and error not in timeouts)


def retry_delay(retrier: Json, attempt: int) -> float:
    """Return the seconds to wait before an attempt is repeated.

    Examples
    --------
    >>> [retry_delay({"IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10}, n) for n in range(3)]
    [2.0, 6.0, 10.0]
    """
    delay = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** attempt
    delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
    return random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay  # noqa: S311


def _retrier(state: Json, error: str, counts: dict[int, int]) -> Json | None:
    """Return the first retrier that matches an error, unless it has used up its attempts."""
    for index, retrier in enumerate(state.get("Retry", [])):
        if error_matches(retrier["ErrorEquals"], error):
            used = counts.get(index, 0)
            if used >= retrier.get("MaxAttempts", 3):
                return None
            counts[index] = used + 1
            return {**retrier, "used": used}
    return None


def guarded(state: Json, data: Any, ctx: Json, attempt: Callable[[], Step]) -> Step:
    """Run a state's attempts under its ``Retry`` and ``Catch`` fields."""
    engine, counts, entered = _engine(), dict[int, int](), ctx["State"]
    while True:
        ctx["State"] = {**entered, "RetryCount": sum(counts.values())}
        try:
            return attempt()
        except engine._ExecutionError as error:
            CURRENT.get().forget()
            retrier = _retrier(state, error.error, counts)
            if retrier is None:
                return _caught(engine, state, data, ctx, error)
            sleep(retry_delay(retrier, retrier["used"]) * engine._SFN_WAIT_SCALE)
            CURRENT.get().check()


def _caught(engine: Any, state: Json, data: Any, ctx: Json, error: Any) -> Step:
    """Continue at the catcher that matches an error, or raise it."""
    for catcher in state.get("Catch", []):
        if error_matches(catcher["ErrorEquals"], error.error):
            described = {"Error": error.error, "Cause": error.cause}
            language = engine._state_query_language(state, ctx)
            return engine._apply_catcher(catcher, data, ctx, language, described), catcher["Next"]
    raise error


def _seconds(state: Json, field: str, data: Any, ctx: Json) -> float | None:
    """Return a timeout that is given as a number, a path or an expression."""
    engine = _engine()
    if field in state:
        if engine._state_query_language(state, ctx) == "JSONata":
            return float(engine._jsonata_state_field(state, field, "number", data, ctx))
        return float(state[field])
    path = state.get(f"{field}Path")
    return float(engine._resolve_path_or_ctx(path, data, ctx)) if path else None


def execute_task(state: Json, data: Any, execution: Json, ctx: Json) -> Step:
    """Run a Task state to its result or its catcher."""
    return guarded(state, data, ctx, lambda: _attempt(state, data, execution, ctx))


def _attempt(state: Json, data: Any, execution: Json, ctx: Json) -> Step:
    """Run a Task state once."""
    engine, run = _engine(), CURRENT.get()
    memory = run.memory()
    if ".waitForTaskToken" in state["Resource"]:
        memory.setdefault("token", _new_token(run.execution["stateMachineArn"]))
        ctx["Task"] = {"Token": memory["token"]}
    is_jsonata = engine._state_query_language(state, ctx) == "JSONata"
    if is_jsonata:
        values = engine._apply_jsonata_arguments(state, data, ctx)
    else:
        values = engine._apply_parameters(state, engine._apply_input_path(state, data, ctx), ctx)
    result = _observed(state, values, data, execution, ctx)
    if is_jsonata:
        output = engine._apply_jsonata_output(state, data, ctx, result=result, default=result)
        engine._apply_state_assign(state, data, ctx, result=result)
    else:
        output = engine._apply_result_path(state, data, engine._apply_result_selector(state, result))
        output = engine._apply_output_path(state, output, ctx)
    return output, engine._next_or_end(state)


def _labels(resource: str) -> tuple[str, Json]:
    """Return the prefix of a task's history events and the fields that name its resource."""
    if ":function:" in resource and ":states:::" not in resource:
        return "LambdaFunction", {}
    _, _, rest = resource.partition(":states:::")
    kind, _, action = rest.rpartition(":")
    if ".sync:" in resource:
        kind, _, action = rest.rsplit(":", 2)
        action += ":2"
    return "Task", {"resourceType": kind or "activity", "resource": action or resource}


def _observed(state: Json, values: Any, data: Any, execution: Json, ctx: Json) -> Any:
    """Run the call of a task and record it in the history."""
    kind, about = _labels(state["Resource"])
    lower = kind[0].lower() + kind[1:]
    scheduled = (
        {"input": json.dumps(values)}
        if not about
        else {"region": "us-east-1", "parameters": json.dumps(values)}
    )
    record(execution, f"{kind}Scheduled", f"{lower}Scheduled", **about, **scheduled)
    record(execution, f"{kind}Started", f"{lower}Started" if about else "", **about)
    try:
        result = _timed(state, values, data, ctx)
    except _engine()._ExecutionError as error:
        ending = "TimedOut" if error.error.endswith("Timeout") else "Failed"
        record(
            execution, f"{kind}{ending}", f"{lower}{ending}", **about, error=error.error, cause=error.cause
        )
        raise
    record(execution, f"{kind}Succeeded", f"{lower}Succeeded", **about, output=json.dumps(result))
    return result


def _timed(state: Json, values: Any, data: Any, ctx: Json) -> Any:
    """Run the call of a task until it ends, its time runs out, or the execution ends."""
    engine, run = _engine(), CURRENT.get()
    limit, started = (
        _seconds(state, "TimeoutSeconds", data, ctx),
        run.memory().setdefault("started", time.time()),
    )
    beat = _seconds(state, "HeartbeatSeconds", data, ctx)
    stop = threading.Event()
    future = _in_background(
        run.below("", stop), lambda position: _perform(state["Resource"], values, position, beat)
    )
    while not future.done():
        if run.given_up():
            stop.set()
            run.check()
        if limit is not None and time.time() - started > limit:
            stop.set()
            raise engine._ExecutionError("States.Timeout", f"The task ran longer than its {limit:g} seconds.")
        _wait_for(future)
    try:
        return future.result()
    except TaskError as error:
        raise engine._ExecutionError(error.error, error.cause) from error


def _wait_for(future: "Future[Any]") -> None:
    """Wait a moment for a future, whatever it ends with."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    done.wait(TICK_SECONDS)


def _in_background(run: Run, work: Callable[[Run], Any]) -> "Future[Any]":
    """Run a call in its own thread, which the emulator's request scope follows."""
    future: Future[Any] = Future()

    def target() -> None:
        """Keep the outcome of the call."""
        try:
            future.set_result(work(run))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=contextvars.copy_context().run, args=(target,), daemon=True).start()
    return future


def _perform(resource: str, values: Any, run: Run, heartbeat: float | None) -> Any:
    """Make the call that a task names."""
    engine = _engine()
    if ":function:" in resource and ":states:::" not in resource:
        return _invoke_function({"FunctionName": resource, "Payload": values}, run)["Payload"]
    if ":activity:" in resource:
        return engine._invoke_activity(resource, values)
    parsed = integrations.parse(resource)
    if parsed is None:
        raise TaskError("States.Runtime", f"The resource {resource!r} names no integration.")
    if parsed.pattern == "waitForTaskToken":
        return _await_callback(parsed, values, run, heartbeat)
    if parsed.pattern.startswith("sync"):
        authorize_managed_rule(parsed, run)
        position = CURRENT.get()
        return jobs.run(parsed, values, run.role, run.given_up, position.memory())
    return _call(parsed, values, run)


def authorize_managed_rule(resource: Resource, run: Run) -> None:
    """Refuse ``.sync`` when the role may not manage the rule by which AWS learns of the job's end."""
    from local_cloud.emulator.authorization import role_may

    job = jobs.JOBS.get((resource.service, resource.action))
    if job is None or not job.rule:
        return
    arn = f"arn:aws:events:us-east-1:{run.role_arn.split(':')[4]}:rule/{job.rule}"
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        if not role_may(*run.role, action, "events", arn):
            message = f"'{run.role_arn}' is not authorized to create managed-rule {job.rule} ({action})."
            raise TaskError("States.Runtime", message)


def _call(resource: Resource, values: Any, run: Run) -> Any:
    """Make a plain call and look into answers that hide a failure."""
    if resource.service == "lambda" and resource.action == "invoke" and not resource.is_sdk:
        return _invoke_function(values, run)
    answer = integrations.call(resource, values, *run.role)
    if resource.service == "events" and not resource.is_sdk and answer.get("FailedEntryCount"):
        raise TaskError("EventBridge.FailedEntry", json.dumps(answer["Entries"]))
    return answer


def _invoke_function(values: Json, run: Run) -> Json:
    """Invoke a function and raise the error that it reports."""
    client = role_client("lambda", *run.role)
    request = {key: values[key] for key in ("FunctionName", "InvocationType", "Qualifier") if key in values}
    try:
        answer = client.invoke(**request, Payload=json.dumps(values.get("Payload", {})).encode())
    except ClientError as error:
        resource = Resource("lambda", "invoke", "", is_sdk=False)
        name = integrations.error_name(resource, client, error.response["Error"].get("Code", ""))
        raise TaskError(name, integrations.cause_of(error, "Lambda")) from error
    text = answer["Payload"].read().decode() or "null"
    if answer.get("FunctionError"):
        raise TaskError(_function_error(text), text)
    about = answer["ResponseMetadata"]
    return {
        "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
        "Payload": json.loads(text),
        "SdkHttpMetadata": {"HttpStatusCode": about["HTTPStatusCode"]},
        "SdkResponseMetadata": {"RequestId": about.get("RequestId", "")},
        "StatusCode": answer["StatusCode"],
    }


def _function_error(text: str) -> str:
    """Return the error name of a failed function: the type it reports."""
    try:
        return str(json.loads(text).get("errorType") or "Lambda.Unknown")
    except (ValueError, AttributeError):
        return "Lambda.Unknown"


def _new_token(machine: str) -> str:
    """Return a task token that names its state machine, as callbacks are authorised on it even when late."""
    named = base64.urlsafe_b64encode(machine.encode()).decode()
    return f"{TOKEN_PREFIX}{named}.{secrets.token_urlsafe(48)}"


def machine_of(token: str) -> str:
    """Return the state machine that a task token names; ``*`` for a token of nobody's.

    Examples
    --------
    >>> machine_of(_new_token("arn:aws:states:us-east-1:000000000000:stateMachine:demo"))
    'arn:aws:states:us-east-1:000000000000:stateMachine:demo'
    >>> machine_of("foreign")
    '*'
    """
    if not token.startswith(TOKEN_PREFIX):
        return "*"
    try:
        return base64.urlsafe_b64decode(token.removeprefix(TOKEN_PREFIX).partition(".")[0]).decode()
    except ValueError:
        return "*"


def _await_callback(resource: Resource, values: Any, run: Run, heartbeat: float | None) -> Any:
    """Make a call that carries the task's token and wait until someone answers with it."""
    engine, memory = _engine(), CURRENT.get().memory()
    token = memory["token"]
    waiting: Json = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
    engine._task_tokens[token] = waiting
    try:
        if not memory.get("called"):
            _call(resource, values, run)
            memory["called"] = True
        _await_answer(waiting, run, heartbeat)
    finally:
        engine._task_tokens.pop(token, None)
    if waiting["error"]:
        raise TaskError(waiting["error"]["Error"], waiting["error"]["Cause"])
    return json.loads(waiting["result"])


def _await_answer(waiting: Json, run: Run, heartbeat: float | None) -> None:
    """Wait for the answer, its heartbeats, or the end of the task."""
    last, seen = time.monotonic(), waiting["heartbeat"]
    while not waiting["event"].wait(TICK_SECONDS):
        run.check()
        if waiting["heartbeat"] != seen:
            last, seen = time.monotonic(), waiting["heartbeat"]
        if heartbeat is not None and time.monotonic() - last > heartbeat:
            raise TaskError("States.HeartbeatTimeout", f"No heartbeat was sent for {heartbeat:g} seconds.")
