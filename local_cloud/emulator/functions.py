"""Lambda corrections: isolated workers, shared code and layers, AWS's error types, limits and logs."""

import contextlib
import contextvars
import io
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from local_cloud import lambda_runtime as host
from local_cloud.emulator import lambda_environment

logger = logging.getLogger("penstock.functions")
BOOTSTRAP = Path(__file__).with_name("lambda_bootstrap.py")
INIT_SECONDS = 10.0
IDLE_SECONDS = 180.0
_LOG_SECONDS = 0.5
_END = "\0end"
_PEAK: contextvars.ContextVar[int] = contextvars.ContextVar("penstock_peak_megabytes", default=0)
Outcome = dict[str, Any]


def cache_folder() -> Path:
    """Return the folder that keeps unpacked code, built layers and runtimes."""
    return Path(os.environ["PENSTOCK_STATE"]) / "cache"


def _layer_folder(reference: Any) -> Path:
    """Return the shared folder of an attached layer version."""
    from ministack.services.lambda_svc import _resolve_layer_zip

    content = _resolve_layer_zip(reference) or _empty_archive()
    return host.unpack_layer(cache_folder(), io.BytesIO(content), lambda_environment.digest(content))


def _empty_archive() -> bytes:
    """Return an archive without members."""
    return b"PK\x05\x06" + b"\0" * 18


class FunctionWorker:
    """One execution environment of a Python function: a process that serves one invocation at a time."""

    def __init__(self, name: str, config: dict[str, Any], code_zip: bytes) -> None:
        self.func_name = name
        self.config = config
        self.code_zip = code_zip
        self.in_use = False
        self.last_used = time.time()
        self._proc: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._tmpdir: str | None = None
        self._requests: TextIO
        self._answers: TextIO
        self._log: list[str] = []
        self._log_done = threading.Event()
        self._log_ended = threading.Event()

    @property
    def pid(self) -> int | None:
        """Return the process id, if there is a live process."""
        return self._proc.pid if self._proc is not None and self._proc.poll() is None else None

    def _paths(self, code: Path) -> list[str]:
        """Return the module search path in AWS's order: code, layers, runtime."""
        # A later layer overlays an earlier one below /opt.
        layers = [_layer_folder(layer) for layer in reversed(self.config.get("Layers") or ())]
        versions = f"python{sys.version_info.major}.{sys.version_info.minor}"
        found = [
            folder / tail for folder in layers for tail in ("python", f"python/lib/{versions}/site-packages")
        ]
        runtime = host.runtime_packages(cache_folder())
        return [str(code), *(str(path) for path in found if path.is_dir()), str(runtime)]

    def _spawn(self) -> None:
        """Start the process and wait until the handler has been imported."""
        code = host.unpack_code(
            cache_folder(), io.BytesIO(self.code_zip), lambda_environment.digest(self.code_zip)
        )
        self._tmpdir = self._tmpdir or lambda_environment.scratch_folder(self.func_name)
        read_requests, write_requests = os.pipe()
        read_answers, write_answers = os.pipe()
        numbers = (str(read_requests), str(write_answers), json.dumps(self._paths(code)))
        self._log, self._log_done = [], threading.Event()
        self._proc = subprocess.Popen(  # noqa: S603
            [host.base_interpreter(), "-I", "-S", "-X", "utf8", str(BOOTSTRAP), *numbers],
            cwd=code,
            env=lambda_environment.variables(self.config, code, self._tmpdir),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(read_requests, write_answers),
        )
        os.close(read_requests)
        os.close(write_answers)
        self._requests = os.fdopen(write_requests, "w", encoding="utf-8")
        self._answers = os.fdopen(read_answers, "r", encoding="utf-8")
        threading.Thread(target=self._collect_log, args=(self._proc, self._log), daemon=True).start()

    def _collect_log(self, process: subprocess.Popen[str], lines: list[str]) -> None:
        """Keep what the process prints."""
        done = self._log_done
        for line in process.stdout or ():
            text, mark, _ = line.rstrip("\n").partition(_END)
            if text or not mark:
                lines.append(text)
            if mark:
                self._log_ended.set()
        done.set()

    def _read(self, seconds: float) -> Outcome | None:
        """Return the next answer; None when time runs out, an empty answer when the process has ended."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            if not selector.select(max(0.0, seconds)):
                return None
        line = self._answers.readline()
        return json.loads(line) if line.endswith("\n") else {}

    def _start(self, timeout: float) -> Outcome | None:
        """Start the process if there is none; return the error of a failed start."""
        if self.pid is not None:
            return None
        self._close()
        self._spawn()
        answer = self._read(max(INIT_SECONDS, timeout))
        if answer and answer["ready"]:
            return None
        if answer:
            return dict(answer["error"])
        return (
            self._ended()
            if answer == {}
            else _error("Sandbox.Timedout", f"Error: Task timed out after {timeout:.2f} seconds")
        )

    def _ended(self) -> Outcome:
        """Describe why the process ended by itself."""
        assert self._proc is not None  # noqa: S101
        status = self._proc.wait(timeout=5)
        reason = f"signal: {_signal_name(-status)}" if status < 0 else f"exit status {status}"
        return _error("Runtime.ExitError", f"Error: Runtime exited with error: {reason}")

    def invoke(self, event: Any, request_id: str, **extra: Any) -> Outcome:
        """Run one invocation; return its body or error, its log and whether it was a cold start."""
        with self._lock:
            self.last_used = time.time()
            cold = self.pid is None
            timeout = float(self.config.get("Timeout", 3))
            failure = self._start(timeout)
            outcome = {"error": failure} if failure else self._serve(event, request_id, timeout, extra)
            if "error" in outcome:
                outcome["error"] = _with_request(outcome["error"], request_id)
            if "peak" not in outcome:
                self._close()
            return {**outcome, "cold_start": cold, "log": self._take_log()}

    def _serve(self, event: Any, request_id: str, timeout: float, extra: Outcome) -> Outcome:
        """Hand the event to the process and wait for its answer."""
        arn = extra.get("invoked_function_arn") or self.config.get("FunctionArn", "")
        message = {"event": event, "request_id": request_id, "timeout": timeout, "arn": arn}
        message["trace_id"] = extra.get("trace_id")
        try:
            self._requests.write(json.dumps(message) + "\n")
            self._requests.flush()
        except OSError:
            return {"error": self._ended()}
        answer = self._read(timeout)
        if answer is None:
            return {"error": _error("Sandbox.Timedout", f"Error: Task timed out after {timeout:.2f} seconds")}
        return answer or {"error": self._ended()}

    def _take_log(self) -> str:
        """Return the lines printed since the last call."""
        (self._log_done if self.pid is None else self._log_ended).wait(_LOG_SECONDS)
        self._log_ended.clear()
        lines, self._log[:] = list(self._log), []
        return "\n".join(lines)

    def _close(self) -> None:
        """End the process at once and release its pipes."""
        process, self._proc = self._proc, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                stream.close()

    def kill(self) -> None:
        """End the environment and remove its scratch folder."""
        self._close()
        self._discard_tmpdir()

    def _discard_tmpdir(self) -> None:
        """Remove the environment's ``/tmp``."""
        lambda_environment.discard(self._tmpdir)
        self._tmpdir = None


def _signal_name(number: int) -> str:
    """Name a signal as Go's runtime does in Lambda's messages."""
    names: dict[int, str] = {
        signal.SIGKILL: "killed",
        signal.SIGTERM: "terminated",
        signal.SIGABRT: "aborted",
    }
    return names.get(number, signal.Signals(number).name)


def _error(kind: str, message: str) -> Outcome:
    """Describe an error of the runtime or sandbox."""
    return {"errorType": kind, "errorMessage": message}


def _with_request(error: Outcome, request_id: str) -> Outcome:
    """Add the request id the way Lambda shows it for each kind of error."""
    if error["errorType"] in ("Sandbox.Timedout", "Runtime.ExitError"):
        return {**error, "errorMessage": f"RequestId: {request_id} {error['errorMessage']}"}
    return {**error, "requestId": request_id}


def _environments(runtime: Any) -> Iterator[tuple[str, Any]]:
    """Yield every execution environment with its key."""
    with runtime._lock:
        found = [(key, worker) for key, workers in runtime._workers.items() for worker in workers]
    yield from found


def reap_idle(ttl: float | None = None) -> int:
    """End the environments that have been idle for a while; return how many."""
    from ministack.core import lambda_runtime as runtime

    limit, now, ended = IDLE_SECONDS if ttl is None else ttl, time.time(), []
    with runtime._lock:
        for key, workers in list(runtime._workers.items()):
            idle = [one for one in workers if not one.in_use and now - one.last_used >= limit]
            ended += idle
            runtime._workers[key] = [one for one in workers if one not in idle]
    for worker in ended:
        worker.kill()
    return len(ended)


def kill_busy(function: str) -> int:
    """Kill the processes that serve a function right now, as a fault; return how many."""
    from ministack.core import lambda_runtime as runtime

    killed = 0
    for _, worker in _environments(runtime):
        if worker.func_name == function and worker.in_use and worker.pid:
            os.kill(worker.pid, signal.SIGKILL)
            killed += 1
    return killed


def _execute(func: dict[str, Any], event: Any, request_id: str) -> Outcome:
    """Run a Python function and shape the result as the emulator's Lambda service wants it."""
    from ministack.services import lambda_svc

    config = func.get("config") or func
    lambda_svc._ensure_reaper_thread()
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    worker, _ = lambda_svc.acquire_worker(name, config, func["code_zip"], qualifier=version)
    try:
        outcome = worker.invoke(
            event,
            request_id,
            trace_id=lambda_svc._xray_trace_id_for_invocation(config),
            invoked_function_arn=config.get("FunctionArn", ""),
        )
    except Exception as error:
        logger.exception("The function %s could not be run", name)
        outcome = {"error": _error("Runtime.Unknown", f"{type(error).__name__}: {error}"), "log": ""}
    finally:
        lambda_svc.release_worker(worker)
    _PEAK.set(int(outcome.get("peak", 0)))
    if "error" in outcome:
        log = "\n".join(filter(None, (outcome["log"], outcome["error"]["errorMessage"])))
        return {"body": outcome["error"], "error": True, "log": log}
    return {"body": json.loads(outcome["body"]), "log": outcome["log"]}


def install() -> None:
    """Put isolated workers in place of the emulator's own."""
    from ministack.core import lambda_runtime as runtime
    from ministack.services import lambda_svc

    original_class, original_execute = runtime._worker_class_for, lambda_svc._execute_function_warm

    def worker_class(config: dict[str, Any]) -> Any:
        """Choose the environment of a function by its runtime."""
        is_python = str(config.get("Runtime", "")).startswith("python")
        return FunctionWorker if is_python else original_class(config)

    def execute(func: dict[str, Any], event: Any, request_id: str) -> Any:
        """Run a function by its runtime."""
        config = func.get("config") or func
        if str(config.get("Runtime", "")).startswith("python") and func.get("code_zip"):
            return _execute(func, event, request_id)
        return original_execute(func, event, request_id)

    def kill_all(workers: Any) -> None:
        """End environments of both kinds."""
        own = [worker for worker in workers if isinstance(worker, FunctionWorker)]
        for worker in own:
            worker.kill()
        original_kill([worker for worker in workers if worker not in own])

    original_kill = runtime.kill_workers
    runtime._worker_class_for = worker_class
    runtime.kill_workers = kill_all
    runtime.reap_idle_workers = lambda_svc.reap_idle_workers = reap_idle
    lambda_svc._execute_function_warm = execute
    lambda_svc._probe_peak_memory_mb = lambda _func: _PEAK.get()
