"""Jobs: queued, run as one process in a private folder, stopped on request, judged by the exit code."""

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.sagemaker.cloud import RoleSession
from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import (
    JobError,
    JobStopped,
    ResourceInUse,
    ResourceLimitExceeded,
    ValidationException,
)
from local_cloud.sagemaker.images import Environment
from local_cloud.sagemaker.kinds import Kind
from local_cloud.sagemaker.logs import LogTarget
from local_cloud.sagemaker.process import ContainerProcess, Launch
from local_cloud.sagemaker.resources import Json, Operation, Resources
from local_cloud.sagemaker.workspace import Workspace

logger = logging.getLogger(__name__)
HOST_STOPPED = "InternalServerError: the host was stopped"
HOST = "algo-1"
_TERMINAL = ("Completed", "Failed", "Stopped")


@dataclass
class Run:
    """One execution of a job: its folder, its role, and how to end it early."""

    name: str
    workspace: Workspace
    session: RoleSession
    grace: float
    stop_requested: bool = False
    expired: bool = False
    host_stopped: bool = False
    _process: ContainerProcess | None = None
    _cancel: Callable[[], None] | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def supervise(self, process: ContainerProcess, limit: float | None) -> int:
        """Wait for the process, ending it when its time in seconds is over; return the exit code."""
        with self._guard:
            self._process = process
            ending = self.stop_requested
        if ending:
            process.stop(self.grace)
        timer = threading.Timer(limit, self._expire) if limit is not None else None
        if timer:
            timer.daemon = True
            timer.start()
        code = process.join()
        if timer:
            timer.cancel()
        if self.host_stopped:
            raise JobError(HOST_STOPPED)
        return code

    def request_stop(self, *, at_once: bool = False) -> None:
        """End the process, or keep it from starting; ``at_once`` when the host itself stops."""
        with self._guard:
            self.stop_requested = True
            self.host_stopped = self.host_stopped or at_once
            process, cancel = self._process, self._cancel
        if cancel:
            cancel()
        if process:
            process.stop(0.0 if at_once else self.grace)

    def on_stop(self, cancel: Callable[[], None]) -> None:
        """Register what ends the job's work when that is no single process."""
        with self._guard:
            self._cancel = cancel
            ending = self.stop_requested
        if ending:
            cancel()

    def check(self) -> None:
        """Raise if the job should not go on."""
        if self.host_stopped:
            raise JobError(HOST_STOPPED)
        if self.stop_requested:
            raise JobStopped
        if self.expired:
            raise JobStopped("MaxRuntimeExceeded")

    def _expire(self) -> None:
        """End the process because its time is over."""
        self.expired = True
        if self._process:
            self._process.stop(self.grace)


class Jobs(Resources):
    """The operations and the execution that the kinds of jobs share."""

    duplicate = (
        "Job name must be unique within an AWS account and region, and a job with this name already exists "
        "({arn})"
    )

    def __init__(self, context: Context, kind: Kind) -> None:
        super().__init__(context, kind)
        self._runs: dict[str, Run] = {}
        self._threads: dict[str, threading.Thread] = {}

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        name = self.kind.name
        return {
            f"Create{name}": self.create,
            f"Describe{name}": self.describe,
            f"List{self.kind.plural}": self.list_all,
            f"Stop{name}": self.stop,
        }

    def create(self, request: Json) -> Json:
        """Accept a job and start it in the background."""
        self.check_request(request)
        name = request[self.kind.name_key]
        record = self.insert(name, {**request, self.kind.status_key: "InProgress", **self.initial()})
        if record is None:
            raise ResourceInUse(self.duplicate.format(arn=self.arn(name)))
        self.announce(record)
        self._launch(name, record)
        return {self.kind.arn_key: record[self.kind.arn_key]}

    def stop(self, request: Json) -> Json:
        """Answer a Stop operation; the job ends in the background."""
        name = request[self.kind.name_key]
        stopping = {self.kind.status_key: "Stopping", **self.stopping(self.find(name))}
        record = self.change(name, unless=_TERMINAL, **stopping)
        if record[self.kind.status_key] in _TERMINAL:
            raise ValidationException(
                f"The request was rejected because the {self.kind.arn_part.replace('-', ' ')} is in status "
                f"{record[self.kind.status_key]}."
            )
        run = self._runs.get(name)
        if run:
            threading.Thread(target=run.request_stop, name="sagemaker-stop", daemon=True).start()
        return {}

    def wait(self, name: str) -> Json:
        """Block until a job has ended; return its record."""
        thread = self._threads.get(name)
        if thread:
            thread.join()
        return self.find(name)

    def recover(self) -> None:
        """Mark jobs that an earlier server left unfinished as failed."""
        for record in self.context.store.all(self.kind.name):
            if record[self.kind.status_key] not in _TERMINAL:
                self._finish(record[self.kind.name_key], "Failed", {"FailureReason": HOST_STOPPED})

    def shutdown(self) -> None:
        """End all running jobs as failed."""
        for run in list(self._runs.values()):
            run.request_stop(at_once=True)
        for thread in list(self._threads.values()):
            thread.join(timeout=10)

    # What a kind of job decides for itself.

    def check_request(self, request: Json) -> None:
        """Refuse what the local cloud cannot do; the service model was checked before."""

    def initial(self) -> Json:
        """Return members of a new record."""
        return {}

    def stopping(self, _record: Json) -> Json:
        """Return changes for a job that begins to stop."""
        return {}

    def ending(self, _record: Json, _status: str, _secondary: str) -> Json:
        """Return changes for a job that ends."""
        return {}

    def role(self, record: Json) -> str:
        """Return the role that the job runs under."""
        return str(record["RoleArn"])

    def execute(self, record: Json, run: Run) -> Json:
        """Do the job; return changes of its record."""
        raise NotImplementedError

    # Execution.

    def folder(self, name: str) -> Path:
        """Return the private folder of a job."""
        return self.context.config.state_dir / "jobs" / self.kind.name / name

    def _launch(self, name: str, record: Json) -> None:
        """Start the thread that carries a job through its life."""
        session = self.context.session(self.role(record))
        grace = self.context.config.timings.stop_job
        run = self._runs[name] = Run(name, Workspace(self.folder(name)), session, grace)
        thread = threading.Thread(
            target=self._carry, args=(record, run), name=f"sagemaker-{name}", daemon=True
        )
        self._threads[name] = thread
        thread.start()

    def _carry(self, record: Json, run: Run) -> None:
        """Run a job to its end and record how it ended."""
        try:
            self.await_turn(run)
            try:
                run.check()
                run.workspace.create()
                changes = self.execute(record, run)
            finally:
                self.end_turn()
            self._finish(run.name, "Completed", changes)
        except JobStopped as stopped:
            self._finish(run.name, "Stopped", {}, stopped.secondary_status)
        except JobError as error:
            self._finish(run.name, "Failed", {"FailureReason": str(error)[:1024]})
        except Exception as error:
            logger.exception("job %s failed inside of the local cloud", run.name)
            self._finish(run.name, "Failed", {"FailureReason": f"InternalServerError: {error!r}"[:1024]})
        finally:
            self._runs.pop(run.name, None)
            self._threads.pop(run.name, None)

    def await_turn(self, run: Run) -> None:
        """Wait until few enough jobs run."""
        while not self.context.slots.acquire(timeout=0.2):
            run.check()

    def end_turn(self) -> None:
        """Let the next job run."""
        self.context.slots.release()

    def _finish(self, name: str, status: str, changes: Json, secondary: str = "") -> None:
        """Record how a job ended; a completed one leaves only its log on the disk."""
        record = self.context.store.get(self.kind.name, name)
        if record is None:
            return
        if status == "Completed":
            for leftover in ("ml", "tmp", "home"):
                shutil.rmtree(self.folder(name) / leftover, ignore_errors=True)
        ending = self.ending({**record, **changes}, status, secondary or status)
        self.change(name, **{**changes, **ending, self.kind.status_key: status})

    def run_container(
        self, run: Run, command: list[str], environment: dict[str, str], limit: float | None
    ) -> int:
        """Run a command in the job's folder until it ends; return the exit code."""
        code = run.workspace.root / "code"
        cwd = code if code.is_dir() else run.workspace.root
        launch = Launch(command, environment, cwd, run.workspace.folder)
        try:
            process = ContainerProcess(launch, run.workspace.log, self.log_target(run))
        except OSError as error:
            raise JobError(f"AlgorithmError: cannot start {command[0]}: {error}") from error
        return run.supervise(process, limit)

    def log_target(self, run: Run) -> LogTarget:
        """Return the CloudWatch stream of a run."""
        stream = f"{run.name}/{HOST}-{int(self.context.clock())}"
        return LogTarget(run.session, f"/aws/sagemaker/{self.kind.plural}", stream)

    def environment(self, run: Run, programs: Environment, requested: Json) -> dict[str, str]:
        """Return the variables of a process: the contract's, the role's, and the request's last."""
        region = self.context.config.region
        return {
            **run.workspace.base_environment(),
            "PATH": programs.path,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            **run.session.environment(),
            **run.workspace.localise(requested),
        }


def algorithm_error(detail: str, code: int) -> JobError:
    """Word the failure of a container as AWS does."""
    return JobError(f"AlgorithmError: {detail[:900]}, exit code: {code}")


def require_one_instance(instance_type: str, count: int, usage: str) -> None:
    """Refuse what needs more than this one machine.

    Raises
    ------
    ResourceLimitExceeded
        In the form of AWS's quota errors.
    """
    if count > 1:
        raise ResourceLimitExceeded(
            f"The account-level service limit '{instance_type} for {usage} usage' is 1 Instances, with "
            f"current utilization of 0 Instances and a request delta of {count} Instances. The local "
            "cloud is one machine."
        )
