"""Objects in a folder: the fake of a bucket, for tests."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from penstock.errors import NotFound
from penstock.stores.objects import ObjectVersion

_HISTORY = ".versions"
_NULL = "null"
_VERSION = re.compile(r"\d{6}-[0-9a-f]{8}")


class FolderObjects:
    """An :class:`~penstock.stores.ObjectStore` in a local folder, for tests.

    An object is the file of its name; its versions lie in a hidden folder beside. A file that was put there
    by hand has the version ``null``, as in a bucket without versions; a version that no
    store gives out (as tests make them up) stands for the newest.

    Examples
    --------
    >>> import tempfile
    >>> store = FolderObjects(Path(tempfile.mkdtemp()))
    >>> store.write("a/b.txt", b"water")
    >>> list(store.keys("a/")), store.read("a/b.txt")
    (['a/b.txt'], b'water')
    >>> first = store.head("a/b.txt").version
    >>> store.write("a/b.txt", b"wine")
    >>> store.read("a/b.txt", version=first), len(list(store.versions("a/")))
    (b'water', 2)
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    @property
    def uri(self) -> str:
        """The folder as a ``file://`` address."""
        return self._folder.as_uri()

    def read(self, key: str, *, version: str | None = None) -> bytes:
        """Return an object's bytes."""
        return self._found(key, version).read_bytes()

    def write(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """Store bytes; the content type is not kept."""
        self._new_version(key).write_bytes(data)
        self._refresh(key)

    def download(self, key: str, path: Path, *, version: str | None = None) -> None:
        """Copy an object to a file."""
        source = self._found(key, version)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)

    def upload(self, path: Path, key: str) -> None:
        """Copy a file into the store."""
        shutil.copyfile(path, self._new_version(key))
        self._refresh(key)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, in order."""
        yield from sorted(key for key in self._current() if key.startswith(prefix))

    def copy(
        self, key: str, target: str, *, bucket_uri: str | None = None, version: str | None = None
    ) -> None:
        """Copy within the store, or from another folder store."""
        source = FolderObjects(Path(bucket_uri.removeprefix("file://"))) if bucket_uri else self
        self.upload(source._found(key, version), target)

    def head(self, key: str, *, version: str | None = None) -> ObjectVersion:
        """Return the newest or a named version."""
        made_up = not _VERSION.fullmatch(version or "")
        every = [one for one in self._of(key) if not one.marker]
        found = next((one for one in every if one.version == version or (made_up and one.latest)), None)
        if found is None:
            raise self._missing(key)
        return found

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield all versions, the newest of each key first."""
        known = {unquote(path.name) for path in (self._folder / _HISTORY).glob("*")} | set(self._current())
        for key in sorted(key for key in known if key.startswith(prefix)):
            yield from self._of(key)

    def erase(self, versions: Iterable[ObjectVersion]) -> int:
        """Remove versions for good."""
        named = list(versions)
        for one in named:
            history = self._history(one.key)
            for path in (history / one.version, history / f"{one.version}.deleted"):
                path.unlink(missing_ok=True)
            if one.version == _NULL:
                self._path(one.key).unlink(missing_ok=True)
            self._refresh(one.key)
        return len(named)

    def mark_deleted(self, key: str) -> None:
        """Put a delete marker over an object, as a deletion without a version does in S3."""
        version = self._new_version(key)
        version.with_name(f"{version.name}.deleted").touch()
        self._refresh(key)

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder):
            raise NotFound("The key leaves the store.", found=key)
        return path

    def _found(self, key: str, version: str | None) -> Path:
        """Return the file of a version, or of the newest."""
        path, kept = self._path(key), self._history(key) / (version or _NULL)
        if version and kept.is_file():
            return kept
        if not path.is_file() or _VERSION.fullmatch(version or ""):
            raise self._missing(key)
        return path

    def _history(self, key: str) -> Path:
        return self._folder / _HISTORY / quote(key, safe="")

    def _new_version(self, key: str) -> Path:
        """Name the next version; what was put there by hand becomes the version null."""
        path, history = self._path(key), self._history(key)
        history.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and not any(history.iterdir()):
            shutil.copyfile(path, history / _NULL)
        number = 1 + max((_number(one) for one in history.iterdir()), default=0)
        return history / f"{number:06d}-{uuid.uuid4().hex[:8]}"

    def _refresh(self, key: str) -> None:
        """Let the object be its newest version."""
        path, newest = self._path(key), next(iter(self._of(key)), None)
        if newest is not None and not newest.marker and newest.version == _NULL:
            return
        path.unlink(missing_ok=True)
        if newest is not None and not newest.marker:
            os.link(self._history(key) / newest.version, path)
        if newest is None and self._history(key).is_dir():
            self._history(key).rmdir()

    def _of(self, key: str) -> Iterator[ObjectVersion]:
        """Yield the versions of a key, the newest first."""
        history, path = self._history(key), self._path(key)
        kept = sorted(history.iterdir(), key=_number, reverse=True) if history.is_dir() else []
        if not history.is_dir() and path.is_file():
            yield ObjectVersion(key, _NULL, path.stat().st_size, modified=_modified(path))
        for place, one in enumerate(kept):
            yield ObjectVersion(
                key,
                one.name.removesuffix(".deleted"),
                one.stat().st_size,
                latest=place == 0,
                marker=one.suffix == ".deleted",
                modified=_modified(one),
            )

    def _current(self) -> Iterator[str]:
        for path in self._folder.rglob("*"):
            if path.is_file():
                key = path.relative_to(self._folder).as_posix()
                if not key.startswith(f"{_HISTORY}/"):
                    yield key

    def _missing(self, key: str) -> NotFound:
        return NotFound("There is no such object.", found=key, where=self.uri)


def _modified(path: Path) -> str:
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _number(path: Path) -> int:
    """Return the place of a version in the order in which they were written."""
    head = path.name.split("-", 1)[0]
    return int(head) if head.isdigit() else 0
