"""Objects by key: the protocol that an S3 bucket is used through, and its fake in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class ObjectVersion:
    """One version of an object, or the marker that says that it was deleted.

    Attributes
    ----------
    modified
        When it was written, ISO 8601 in UTC, to the second.
    """

    key: str
    version: str
    bytes: int
    latest: bool = True
    marker: bool = False
    modified: str = ""


class ObjectStore(Protocol):
    """A bucket of objects that keeps every version of each."""

    @property
    def uri(self) -> str:
        """The address of the bucket, such as ``s3://name``, without a slash at the end."""
        ...

    def read(self, key: str, *, version: str | None = None) -> bytes:
        """Return an object's bytes; :class:`~penstock.errors.NotFound` when there is none."""
        ...

    def write(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """Store bytes under a key."""
        ...

    def download(self, key: str, path: Path, *, version: str | None = None) -> None:
        """Write an object (one version of it when named) to a file, in constant memory."""
        ...

    def upload(self, path: Path, key: str) -> None:
        """Store a file under a key, in constant memory."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order."""
        ...

    def copy(
        self, key: str, target: str, *, bucket_uri: str | None = None, version: str | None = None
    ) -> None:
        """Copy an object of this bucket, or of the one at ``bucket_uri``, to ``target`` in this bucket."""
        ...

    def head(self, key: str, *, version: str | None = None) -> ObjectVersion:
        """Return version and size without the bytes; :class:`~penstock.errors.NotFound` if there is none.

        The version is ``"null"`` where the bucket keeps none.
        """
        ...

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield all versions and delete markers of the keys that start with a prefix, in any order."""
        ...

    def erase(self, versions: Iterable[ObjectVersion]) -> int:
        """Remove versions for good and return how many were named; one that is gone already is no error.

        Raises
        ------
        TransientError
            Some are still there; safe to repeat.
        """
        ...
