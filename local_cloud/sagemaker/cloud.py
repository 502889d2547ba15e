"""What the local SageMaker needs from the cloud around it; adapters and fakes follow these protocols."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class CloudError(Exception):
    """A call to another service was refused or failed; carries that service's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class RoleSession(Protocol):
    """What may be done under one role: move objects, write logs, look at alarms."""

    def environment(self) -> dict[str, str]:
        """Return the variables that give a process this identity."""
        ...

    def list_keys(self, bucket: str, prefix: str) -> list[str]:
        """Return the keys that start with a prefix, in order."""
        ...

    def read(self, bucket: str, key: str) -> bytes:
        """Return an object's content."""
        ...

    def download(self, bucket: str, key: str, path: Path) -> None:
        """Write an object's content into a file whose folder exists."""
        ...

    def upload(self, path: Path, bucket: str, key: str, kms_key: str | None = None) -> None:
        """Store a file as an object."""
        ...

    def write(self, body: bytes, bucket: str, key: str, kms_key: str | None = None) -> None:
        """Store bytes as an object."""
        ...

    def put_logs(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append (epoch milliseconds, line) pairs to a log stream, which is made when missing."""
        ...

    def alarm_states(self, names: Sequence[str]) -> dict[str, str]:
        """Return the state of each existing alarm."""
        ...


class Cloud(Protocol):
    """The account that the local SageMaker lives in."""

    def session(self, role_arn: str, name: str) -> RoleSession:
        """Open a session of a role."""
        ...

    def emit(self, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
        """Put an event of ``aws.sagemaker`` onto the default bus."""
        ...

    def put_metrics(self, namespace: str, metrics: Iterable[Mapping[str, Any]]) -> None:
        """Record metric data."""
        ...
