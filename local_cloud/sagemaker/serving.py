"""A serving process: the model unpacked, ``serve`` started on a loopback port, pinged and kept alive."""

import logging
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError

from local_cloud.sagemaker.cloud import CloudError, RoleSession
from local_cloud.sagemaker.config import SageMakerConfig
from local_cloud.sagemaker.errors import JobError
from local_cloud.sagemaker.images import ImageRegistry
from local_cloud.sagemaker.logs import LogTarget
from local_cloud.sagemaker.process import ContainerProcess, Launch
from local_cloud.sagemaker.transfer import S3Source, fetch, split_uri, unpack
from local_cloud.sagemaker.workspace import Workspace

logger = logging.getLogger(__name__)
LOOPBACK: Final = "127.0.0.1"
_CONNECTIONS = 64
_PING_INTERVAL = 0.05
_PING_TIMEOUT = 2.0
_MAX_RESTART_DELAY = 30.0
_OK = 200
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a container answered to an invocation; status 0 means that it did not answer in time."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class ServerSpec:
    """What to serve: a resolved container of a model, under its role, in a private folder."""

    container: Json
    role_arn: str
    folder: Path
    log_group: str
    log_stream: str
    what: str
    extra: Mapping[str, str] = field(default_factory=dict)


class Server:
    """One serving process that is started again whenever it dies.

    Parameters
    ----------
    spec
        What to serve.
    config
        Limits.
    images
        Where the container's image is found.
    session
        The role's session, for the model's data and for logs.
    """

    def __init__(
        self, spec: ServerSpec, config: SageMakerConfig, images: ImageRegistry, session: RoleSession
    ) -> None:
        self._spec = spec
        self._config = config
        self._images = images
        self._session = session
        self._workspace = Workspace(spec.folder)
        self._healthy = threading.Event()
        self._stopped = threading.Event()
        self._process: ContainerProcess | None = None
        self._pool = urllib3.HTTPConnectionPool(LOOPBACK)

    @property
    def pid(self) -> int | None:
        """The process's id."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Unpack the model, start the process and wait until it is healthy.

        Raises
        ------
        JobError
            The image is unknown, the model cannot be read, or the process never answered a ping.
        """
        self._workspace.create()
        self._unpack_model()
        process = self._spawn()
        self._await_health(process)
        threading.Thread(target=self._keep_alive, name="sagemaker-keep-alive", daemon=True).start()

    def stop(self) -> None:
        """End the process: SIGTERM, a grace period, SIGKILL."""
        self._stopped.set()
        if self._process:
            self._process.stop(self._config.timings.stop_serving)
        self._pool.close()

    def kill(self) -> None:
        """End the process at once."""
        self._stopped.set()
        if self._process:
            self._process.kill()
            self._process.wait(5)

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send one request to the container; a restarting one is waited for within the time limit."""
        deadline = time.monotonic() + self._config.timings.invocation
        resent = False
        while self._healthy.wait(max(0.0, deadline - time.monotonic())) and not self._stopped.is_set():
            try:
                return self._post(body, headers, deadline)
            except NewConnectionError:
                # Nothing was sent: the process has just died and comes back.
                self._stopped.wait(_PING_INTERVAL)
            except ProtocolError as error:
                # The server may close an idle connection at the moment that it is used again.
                if resent:
                    return Answer(0, {}, str(error).encode())
                resent = True
            except HTTPError:
                break
        return Answer(0, {}, b"")

    def _post(self, body: bytes, headers: Mapping[str, str], deadline: float) -> Answer:
        """Post one invocation."""
        left = max(0.001, deadline - time.monotonic())
        answer = self._pool.urlopen(
            "POST",
            "/invocations",
            body=body,
            headers=headers,
            timeout=left,
            retries=False,
            preload_content=True,
        )
        return Answer(
            answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.data
        )

    def _unpack_model(self) -> None:
        """Fill ``/opt/ml/model`` with the model's data."""
        container, target = self._spec.container, self._workspace.root / "model"
        source = container.get("ModelDataSource", {}).get("S3DataSource")
        if source and source.get("CompressionType", "None") == "None":
            fetch(self._session, S3Source(source["S3Uri"], source["S3DataType"]), target, self._spec.role_arn)
            return
        address = source["S3Uri"] if source else container.get("ModelDataUrl")
        if not address:
            return
        archive = self._workspace.folder / "model.tar.gz"
        try:
            self._session.download(*split_uri(address), archive)
        except CloudError as error:
            raise JobError(
                f"Could not find model data at {address}; check that the object exists and that the role "
                f"{self._spec.role_arn} may read it ({error})."
            ) from error
        unpack(archive, target)
        archive.unlink()

    def _spawn(self) -> ContainerProcess:
        """Start the process on a free port."""
        programs = self._images.find(self._spec.container["Image"]).environment()
        port = free_port()
        requested = {**self._spec.container.get("Environment", {}), **self._spec.extra}
        region = self._config.region
        environment = {
            **self._workspace.base_environment(),
            "PATH": programs.path,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            **self._session.environment(),
            **self._workspace.localise(requested),
            "SAGEMAKER_BIND_TO_HOST": LOOPBACK,
            "SAGEMAKER_BIND_TO_PORT": str(port),
        }
        command = programs.resolve(["serve"])
        launch = Launch(command, environment, self._workspace.root, self._workspace.folder)
        target = LogTarget(self._session, self._spec.log_group, self._spec.log_stream)
        self._pool = urllib3.HTTPConnectionPool(LOOPBACK, port, maxsize=_CONNECTIONS, retries=False)
        self._process = ContainerProcess(launch, self._workspace.log, target)
        return self._process

    def _await_health(self, process: ContainerProcess) -> None:
        """Ping until the process answers 200."""
        deadline = time.monotonic() + self._config.timings.ping
        while time.monotonic() < deadline and process.alive and not self._stopped.is_set():
            if self._ping():
                self._healthy.set()
                return
            time.sleep(_PING_INTERVAL)
        ended = "" if process.alive else f" The process ended with exit code {process.join()}."
        process.stop(self._config.timings.stop_serving)
        raise JobError(
            f"The {self._spec.what} did not pass the ping health check. Please check CloudWatch logs for "
            f"this endpoint.{ended}"
        )

    def _ping(self) -> bool:
        """Ask once whether the process is healthy."""
        try:
            answer = self._pool.urlopen("GET", "/ping", timeout=_PING_TIMEOUT, retries=False)
        except HTTPError:
            return False
        return answer.status == _OK

    def _keep_alive(self) -> None:
        """Start the process again whenever it ends unasked."""
        delay = self._config.timings.restart_delay
        while self._process:
            code = self._process.join()
            if self._stopped.is_set():
                return
            self._healthy.clear()
            logger.warning("%s ended with exit code %s; starting it again", self._spec.what, code)
            if self._stopped.wait(delay):
                return
            try:
                self._await_health(self._spawn())
                delay = self._config.timings.restart_delay
            except (JobError, OSError) as error:
                logger.warning("%s", error)
                delay = min(delay * 2, _MAX_RESTART_DELAY)


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
