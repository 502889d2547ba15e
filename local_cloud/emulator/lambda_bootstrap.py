"""The Python runtime interface that runs inside a worker; it imports nothing of this project.

Requests and answers are JSON lines on two private pipes, so that whatever a handler prints is log output.
"""

import importlib
import io
import json
import logging
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

Answer = dict[str, Any]
# Follows the last line that an invocation prints.
END_MARK = b"\0end\n"


class LambdaContext:
    """The context object that a handler receives."""

    def __init__(self, invocation: Answer, deadline: float) -> None:
        env = os.environ
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.invoked_function_arn = invocation["arn"]
        self.aws_request_id = invocation["request_id"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.tenant_id = None
        self.identity = None
        self.client_context = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation times out."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class _JsonFormatter(logging.Formatter):
    """Format records as the runtime does for ``LogFormat: JSON``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        entry = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": os.environ.get("_PENSTOCK_REQUEST_ID", ""),
        }
        if record.exc_info and record.exc_info[0]:
            entry["errorType"] = record.exc_info[0].__name__
            entry["errorMessage"] = str(record.exc_info[1])
            entry["stackTrace"] = "".join(traceback.format_tb(record.exc_info[2]))
        return json.dumps(entry)


class _TextFormatter(logging.Formatter):
    """Format records as the runtime does for ``LogFormat: Text``."""

    def __init__(self) -> None:
        layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
        super().__init__(layout, "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """Return the formatted record, with the request it belongs to."""
        record.aws_request_id = os.environ.get("_PENSTOCK_REQUEST_ID", "")
        return super().format(record)


def _set_up_logging() -> None:
    """Give the root logger the runtime's handler."""
    handler = logging.StreamHandler(sys.stdout)
    as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    handler.setFormatter(_JsonFormatter() if as_json else _TextFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL") or "WARNING")


def _error(kind: str, message: str, trace: Iterable[str] = ()) -> Answer:
    """Describe an error as the runtime reports it."""
    return {"errorMessage": message, "errorType": kind, "requestId": "", "stackTrace": list(trace)}


def _load(handler: str) -> tuple[Callable[..., Any] | None, Answer | None]:
    """Import the handler; return it, or the error that the runtime reports instead."""
    module_name, _, function_name = handler.rpartition(".")
    if not module_name:
        return None, _error(
            "Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack"
        )
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        return None, _error("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        return None, _error("Runtime.UserCodeSyntaxError", message, traceback.format_exc().splitlines(True))
    except Exception as error:
        return None, _error(type(error).__name__, str(error), traceback.format_tb(error.__traceback__)[1:])
    if not hasattr(module, function_name):
        return None, _error(
            "Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        )
    return getattr(module, function_name), None


def _plain(value: object) -> float:
    """Serialise what the runtime serialises beyond plain JSON."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _peak_bytes() -> int:
    """Return the most memory that this process has held."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:  # noqa: PTH123
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        # Linux counts the parent's memory here, which is why it is asked first and differently.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _guard_memory(limit: int) -> None:
    """End the process when it holds more memory than the function was given."""
    while True:
        if _peak_bytes() > limit:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.02)


def _invoke(function: Callable[..., Any], invocation: Answer) -> Answer:
    """Run the handler once and return what the runtime would answer."""
    os.environ["_PENSTOCK_REQUEST_ID"] = invocation["request_id"]
    if invocation.get("trace_id"):
        os.environ["_X_AMZN_TRACE_ID"] = invocation["trace_id"]
    context = LambdaContext(invocation, time.monotonic() + invocation["timeout"])
    try:
        result = function(invocation["event"], context)
    except SystemExit as stop:
        sys.stdout.flush()
        os._exit(stop.code if isinstance(stop.code, int) else 1)
    except BaseException as error:
        trace = traceback.format_tb(error.__traceback__)[1:]
        lines = "".join(trace)
        print(f"[ERROR] {type(error).__name__}: {error}\nTraceback (most recent call last):\n{lines}", end="")
        return {
            "error": {
                **_error(type(error).__name__, str(error), trace),
                "requestId": invocation["request_id"],
            }
        }
    try:
        return {"body": json.dumps(result, default=_plain, ensure_ascii=False)}
    except Exception as error:
        message = f"Unable to marshal response: {error}"
        return {"error": {**_error("Runtime.MarshalError", message), "requestId": invocation["request_id"]}}


def main() -> None:
    """Serve invocations until the pipe is closed."""
    requests = os.fdopen(int(sys.argv[1]), "r", encoding="utf-8")
    answers = os.fdopen(int(sys.argv[2]), "w", encoding="utf-8")
    sys.path[:0] = json.loads(sys.argv[3])
    sys.argv[1:] = []
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    _set_up_logging()
    limit = int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) * 1024 * 1024
    threading.Thread(target=_guard_memory, args=(limit,), daemon=True).start()
    function, failure = _load(os.environ["_HANDLER"])
    answers.write(json.dumps({"ready": failure is None, "error": failure}) + "\n")
    answers.flush()
    if function is None:
        return
    for line in requests:
        answer = _invoke(function, json.loads(line))
        sys.stdout.flush()
        os.write(1, END_MARK)
        answers.write(json.dumps({**answer, "peak": _peak_bytes() // 2**20}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
