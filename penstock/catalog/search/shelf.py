"""Where the index file is kept: replaced by who has seen the one before, fetched when it is another."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

from penstock.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_LOST_RACE = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "412", "409"}


class Edition(NamedTuple):
    """A version of the file: the tag by which it is told from others, and the digest of what it says."""

    tag: str
    digest: str


class Shelf(Protocol):
    """A place for one file."""

    def tag(self) -> str | None:
        """Return the tag of the file that is there, or None."""
        ...

    def edition(self) -> Edition | None:
        """Return tag and digest of the file that is there, or None."""
        ...

    def fetch(self, path: Path, tag: str) -> bool:
        """Write the file to a path if it is still the one of a tag, and say whether it was."""
        ...

    def replace(self, path: Path, *, digest: str, expect: str | None) -> None:
        """Put a file in the place of the one of a tag, or where none is.

        Raises
        ------
        Conflict
            Another one is there.
        """
        ...


class FolderShelf:
    """A :class:`Shelf` in a folder, for tests.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "new").write_bytes(b"index")
    >>> shelf = FolderShelf(folder / "shelf")
    >>> shelf.replace(folder / "new", digest="d1", expect=None)
    >>> shelf.edition().digest, shelf.fetch(folder / "copy", shelf.tag())
    ('d1', True)
    """

    def __init__(self, folder: Path) -> None:
        self._file, self._digest, self._lock = folder / "file", folder / "digest", threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)

    def tag(self) -> str | None:
        """Return the hash of the file that is there, or None."""
        with self._lock:
            return hashlib.sha256(self._file.read_bytes()).hexdigest() if self._file.is_file() else None

    def edition(self) -> Edition | None:
        """Return tag and digest of the file that is there, or None."""
        with self._lock:
            tag = self.tag()
            return Edition(tag, self._digest.read_text()) if tag else None

    def fetch(self, path: Path, tag: str) -> bool:
        """Copy the file if it is still the one of a tag."""
        with self._lock:
            if self.tag() != tag:
                return False
            path.write_bytes(self._file.read_bytes())
            return True

    def replace(self, path: Path, *, digest: str, expect: str | None) -> None:
        """Put a file in the place of the one of a tag."""
        with self._lock:
            if self.tag() != expect:
                raise _raced(str(self._file))
            self._file.write_bytes(path.read_bytes())
            self._digest.write_text(digest)


class S3Shelf:
    """A :class:`Shelf` that is an object in S3; the tag is its ETag, and S3 itself compares.

    Writing on a condition takes s3:GetObject beside s3:PutObject. Whether the object exists is asked by
    listing, which may be allowed below a prefix, while a missing object may be read by nobody.
    """

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        self._client: Any = client
        self._place = {"Bucket": bucket, "Key": key}

    def tag(self) -> str | None:
        """Return the object's ETag, or None."""
        listed = self._client.list_objects_v2(
            Bucket=self._place["Bucket"], Prefix=self._place["Key"], MaxKeys=1
        )
        found = (one["ETag"] for one in listed.get("Contents", []) if one["Key"] == self._place["Key"])
        return next(found, None)

    def edition(self) -> Edition | None:
        """Return ETag and digest of the object, or None."""
        if self.tag() is None:
            return None
        answer = self._client.head_object(**self._place)
        return Edition(answer["ETag"], answer["Metadata"].get("digest", ""))

    def fetch(self, path: Path, tag: str) -> bool:
        """Download the object if it still has an ETag."""
        try:
            answer = self._client.get_object(**self._place, IfMatch=tag)
        except ClientError as error:
            return _lost(error)
        with path.open("wb") as file:
            for chunk in answer["Body"].iter_chunks(1024 * 1024):
                file.write(chunk)
        return True

    def replace(self, path: Path, *, digest: str, expect: str | None) -> None:
        """Upload a file on the condition that the object has an ETag, or that there is none."""
        condition: Any = {"IfNoneMatch": "*"} if expect is None else {"IfMatch": expect}
        with path.open("rb") as body:
            try:
                self._client.put_object(
                    **self._place,
                    **condition,
                    Body=body,
                    Metadata={"digest": digest},
                    ContentType="application/vnd.sqlite3",
                )
            except ClientError as error:
                _lost(error)
                raise _raced(f"s3://{self._place['Bucket']}/{self._place['Key']}") from error


def cached(shelf: Shelf, folder: Path, *, name: str) -> Path | None:
    """Return a local copy of the file as it is now; one that is there already is not fetched again.

    Parameters
    ----------
    folder, name
        Where copies are kept, and how their names begin: different shelves need different names.

    Returns
    -------
    Path
        Or None when there is no file yet.
    """
    while (tag := shelf.tag()) is not None:
        target = folder / f"{name}-{hashlib.sha256(tag.encode()).hexdigest()[:32]}.sqlite"
        if target.is_file() or _fetched(shelf, target, tag):
            for other in folder.glob(f"{name}-*.sqlite"):
                if other != target:
                    other.unlink(missing_ok=True)
            return target
    return None


def _fetched(shelf: Shelf, target: Path, tag: str) -> bool:
    """Fetch into a file of another name first, so that no copy is ever half there."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix="fetching-")
    os.close(handle)
    partial = Path(name)
    try:
        if not shelf.fetch(partial, tag):
            return False
        partial.replace(target)
        return True
    finally:
        partial.unlink(missing_ok=True)


def _lost(error: ClientError) -> bool:
    """Return False for S3's several ways to say that another object is there; raise anything else."""
    if error.response["Error"]["Code"] in _LOST_RACE:
        return False
    raise error


def _raced(where: str) -> Conflict:
    return Conflict(
        "Somebody else replaced the file first.", where=where, action="Read everything again and retry."
    )
