"""Objects by key: the protocol that an S3 bucket is used through, and its fake in a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from penstock.errors import NotFound


class ObjectStore(Protocol):
    """A bucket of objects."""

    @property
    def uri(self) -> str:
        """The address of the bucket, such as ``s3://name``, without a slash at the end."""
        ...

    def read(self, key: str) -> bytes:
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


class FolderObjects:
    """An :class:`ObjectStore` in a local folder, for tests; it keeps one version an object.

    Examples
    --------
    >>> import tempfile
    >>> store = FolderObjects(Path(tempfile.mkdtemp()))
    >>> store.write("a/b.txt", b"water")
    >>> list(store.keys("a/")), store.read("a/b.txt")
    (['a/b.txt'], b'water')
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    @property
    def uri(self) -> str:
        """The folder as a ``file://`` address."""
        return self._folder.as_uri()

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder):
            raise NotFound("The key leaves the store.", found=key)
        return path

    def read(self, key: str) -> bytes:
        """Return an object's bytes."""
        path = self._path(key)
        if not path.is_file():
            raise NotFound("There is no such object.", found=key, where=self.uri)
        return path.read_bytes()

    def write(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """Store bytes; the content type is not kept."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def download(self, key: str, path: Path, *, version: str | None = None) -> None:
        """Copy an object to a file."""
        if not self._path(key).is_file():
            raise NotFound("There is no such object.", found=key, where=self.uri)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._path(key), path)

    def upload(self, path: Path, key: str) -> None:
        """Copy a file into the store."""
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order."""
        found = (
            path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file()
        )
        yield from sorted(key for key in found if key.startswith(prefix))

    def copy(
        self, key: str, target: str, *, bucket_uri: str | None = None, version: str | None = None
    ) -> None:
        """Copy within the store, or from another folder store."""
        source = FolderObjects(Path(bucket_uri.removeprefix("file://"))) if bucket_uri else self
        source.download(key, self._path(target))
