"""Starting, stopping and finding the local cloud of a project folder."""

import contextlib
import fcntl
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import boto3

from local_cloud import processes
from local_cloud.constants import ACCOUNT, ADMIN_PREFIX, LOOPBACK, REGION, SAGEMAKER_FOLDER
from local_cloud.deployment import Deployed, deploy
from local_cloud.errors import CloudStartError
from local_cloud.lambda_runtime import runtime_packages
from local_cloud.personas import write_profiles
from local_cloud.progress import Progress, Report, silent
from local_cloud.secrets_file import load_or_create, write_private

FOLDER = ".penstock"


@dataclass(frozen=True, slots=True)
class Cloud:
    """A local cloud and how to reach it.

    Attributes
    ----------
    state
        Its folder, ``.penstock``.
    endpoint
        What ``AWS_ENDPOINT_URL`` must be.
    port, pid
        Its loopback port and its process.
    region, account
        Where everything lies.
    token
        Opens the administration routes.
    profiles
        The AWS profiles that were written.
    deployed
        What the last ``up`` deployed, if anything.
    """

    state: Path
    endpoint: str
    port: int
    pid: int
    region: str
    account: str
    token: str
    profiles: tuple[str, ...] = ()
    deployed: Deployed | None = None

    def environment(self, profile: str) -> dict[str, str]:
        """Return the variables under which AWS tools act as a person in this cloud."""
        return {
            "AWS_PROFILE": profile,
            "AWS_CONFIG_FILE": str(self.state / "aws" / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.state / "aws" / "credentials"),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        }

    def session(self, profile: str) -> boto3.session.Session:
        """Return a boto3 session of a person; ``AWS_ENDPOINT_URL`` need not be set."""
        import botocore.session

        core = botocore.session.Session(profile=profile)
        core.set_config_variable("config_file", str(self.state / "aws" / "config"))
        core.set_config_variable("credentials_file", str(self.state / "aws" / "credentials"))
        return boto3.session.Session(botocore_session=core, region_name=self.region)

    def admin(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call an administration route (``auth``, ``faults``, ``save``) and return its answer."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.endpoint}{ADMIN_PREFIX}{route}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            content: dict[str, Any] = json.load(answer)
        return content

    def owner(self) -> boto3.session.Session:
        """Return a boto3 session of the account itself, as deployments use it."""
        keys = load_or_create(self.state)
        return _OwnerSession(
            self.endpoint,
            aws_access_key_id=keys.root_access_key,
            aws_secret_access_key=keys.root_secret_key,
            region_name=self.region,
        )


class _OwnerSession(boto3.session.Session):
    """A session whose clients and resources all go to one endpoint."""

    def __init__(self, endpoint: str, **given: Any) -> None:
        super().__init__(**given)
        self._endpoint = endpoint

    def client(self, *names: Any, **given: Any) -> Any:
        """Create a client of the local cloud."""
        given.setdefault("endpoint_url", self._endpoint)
        return super().client(*names, **given)

    def resource(self, *names: Any, **given: Any) -> Any:
        """Create a resource of the local cloud."""
        given.setdefault("endpoint_url", self._endpoint)
        return super().resource(*names, **given)


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a folder has a local cloud, and whether it runs.

    Attributes
    ----------
    running
        Whether it answers requests.
    cloud
        How to reach it; None if the folder never had one.
    """

    running: bool
    cloud: Cloud | None


@contextlib.contextmanager
def _exclusively(state: Path) -> Iterator[None]:
    """Hold the lock that only one start or stop may have."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (state / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CloudStartError(
                f"Another process is starting or stopping the local cloud in {state}."
            ) from error
        yield


def _write(cloud: Cloud, *, pid: int | None) -> None:
    """Keep how to reach the cloud."""
    content = {key: value for key, value in asdict(cloud).items() if key not in ("state", "deployed")}
    write_private(cloud.state / "cloud.json", json.dumps({**content, "pid": pid}, indent=2))


def _read(state: Path) -> Cloud | None:
    """Return the cloud that was last started in a folder."""
    path = state / "cloud.json"
    if not path.exists():
        return None
    content = json.loads(path.read_text())
    content["profiles"] = tuple(content.get("profiles", ()))
    return Cloud(**{**content, "state": state, "pid": content["pid"] or 0})


def _start(state: Path, report: Report) -> Cloud:
    """Return the running cloud of a folder, starting it if needed."""
    known = _read(state)
    if known is not None and processes.is_ours(known.pid, state):
        if processes.becomes_healthy(known.pid, known.port, state):
            return known
        if processes.is_ours(known.pid, state):
            raise CloudStartError(
                f"The local cloud (process {known.pid}) does not answer on port {known.port}: "
                "stop it with `penstock down`, then start it again."
            )
    # A server that was just killed is still there for a moment: it is replaced.
    port = processes.choose_port(known.port if known else None)
    keys = load_or_create(state)
    report(Progress("server", "emulator", 0, 1, f"starting on port {port}"))
    pid = processes.start(state, port)
    endpoint = f"http://{LOOPBACK}:{port}"
    cloud = Cloud(state, endpoint, port, pid, REGION, ACCOUNT, keys.admin_token)
    _write(cloud, pid=pid)
    report(Progress("runtime", "lambda", 0, 1, "preparing the Lambda runtime"))
    runtime_packages(state / "cache")
    processes.await_health(pid, port, state)
    report(Progress("server", "emulator", 1, 1, endpoint))
    return cloud


def up(
    root: Path, *, assembly: Path | None = None, progress: Report = silent, prewarm: bool = False
) -> Cloud:
    """Start the local cloud of a folder, or resume it, and deploy a cloud assembly into it.

    IAM policies are enforced from the start. Calling it again with a changed assembly updates the stacks.

    Parameters
    ----------
    root
        The project's folder; the state lies in its ``.penstock``.
    assembly
        The output of a synthesis; without it nothing is deployed.
    prewarm
        Build the image of SageMaker jobs while stacks are deployed, and not with the first job.
    progress
        Told of each step.

    Raises
    ------
    CloudStartError
        If another start is in progress or the emulator does not come up.
    DeploymentError
        If a stack fails, with the failing resource and its reason.
    """
    state = root.resolve() / FOLDER
    with _exclusively(state):
        if prewarm:
            (state / SAGEMAKER_FOLDER).mkdir(parents=True, exist_ok=True)
        cloud = _start(state, progress)
        owner = cloud.owner()
        deployed = deploy(owner, assembly, cache=state / "cache", report=progress) if assembly else None
        profiles = write_profiles(owner, state / "aws", cloud.endpoint)
        cloud = replace(cloud, profiles=profiles, deployed=deployed)
        cloud.admin("save", {})
        _write(cloud, pid=cloud.pid)
    progress(Progress("ready", "local cloud", 1, 1, cloud.endpoint))
    return cloud


def down(root: Path) -> bool:
    """Stop the local cloud of a folder, keeping its state; tell whether it was running."""
    state = root.resolve() / FOLDER
    if not state.exists():
        return False
    with _exclusively(state):
        cloud = _read(state)
        if cloud is None or not processes.is_ours(cloud.pid, state):
            return False
        processes.stop(cloud.pid, state)
        _write(cloud, pid=None)
    return True


def status(root: Path) -> Status:
    """Tell whether a folder has a local cloud and whether it runs."""
    state = root.resolve() / FOLDER
    cloud = _read(state)
    if cloud is None:
        return Status(running=False, cloud=None)
    alive = processes.is_ours(cloud.pid, state) and processes.is_healthy(cloud.port)
    return Status(running=alive, cloud=cloud)


def connect(root: Path) -> Cloud:
    """Return the running cloud of a folder.

    Raises
    ------
    CloudStartError
        If there is none.
    """
    found = status(root)
    if found.cloud is None or not found.running:
        raise CloudStartError(f"No local cloud runs in {root.resolve()}; start it with `penstock up`.")
    return found.cloud
