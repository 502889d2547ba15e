"""What the local SageMaker must be told: where it may write, whom it serves, and its limits."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Limits in seconds; the defaults are those of AWS's container contract.

    Examples
    --------
    >>> Timings().ping
    240.0
    """

    ping: float = 240.0
    invocation: float = 60.0
    stop_job: float = 120.0
    stop_serving: float = 30.0
    publish: float = 1.0
    restart_delay: float = 1.0
    drain: float = 0.5
    resume: float = 60.0
    alarm_check: float = 1.0


@dataclass(frozen=True, kw_only=True)
class SageMakerConfig:
    """The settings of one local SageMaker.

    Parameters
    ----------
    state_dir
        Folder for records, job folders and images; created when missing.
    project_dir
        The checkout whose ``penstock`` and ``sagemaker_jobs`` packages the runtime image contains.
    lock
        Hashed requirements of the runtime image; by default ``requirements/runtime.txt`` of the checkout.
    images_dir
        Where images are built, by default within ``state_dir``.
    account, region
        Go into ARNs and into the environment of the jobs.
    max_processes
        Jobs that may run at once; further ones wait with the secondary status ``Pending``.

    Examples
    --------
    >>> config = SageMakerConfig(state_dir=Path("/tmp/state"), project_dir=Path("."))
    >>> config.arn("model/a")
    'arn:aws:sagemaker:us-east-1:000000000000:model/a'
    """

    state_dir: Path
    project_dir: Path
    lock: Path | None = None
    images_dir: Path | None = None
    account: str = "000000000000"
    region: str = "us-east-1"
    max_processes: int = 4
    timings: Timings = field(default_factory=Timings)

    @property
    def lock_path(self) -> Path:
        """The lock of the runtime image's packages."""
        return self.lock or self.project_dir / "requirements" / "runtime.txt"

    @property
    def images_path(self) -> Path:
        """Where images are built."""
        return self.images_dir or self.state_dir / "images"

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource such as ``training-job/name``."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{resource}"
