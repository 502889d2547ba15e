"""Objects in, files out: SageMaker's rules for prefixes, manifests, gzip and archives."""

import gzip
import json
import shutil
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from local_cloud.sagemaker.cloud import CloudError, RoleSession
from local_cloud.sagemaker.errors import JobError

_TRANSFERS = 8
_GZIP_LEVEL = 1


@dataclass(frozen=True)
class S3Source:
    """Objects to fetch, as a channel, a processing input or a transform input names them."""

    uri: str
    data_type: str = "S3Prefix"
    compression: str = "None"


@dataclass(frozen=True)
class S3Target:
    """Where files go."""

    uri: str
    kms_key: str | None = None


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of an S3 address.

    Examples
    --------
    >>> split_uri("s3://bucket/a/b.csv")
    ('bucket', 'a/b.csv')
    >>> split_uri("https://s3.eu-west-1.amazonaws.com/bucket/a")
    ('bucket', 'a')
    """
    parts = urlsplit(uri)
    if parts.scheme == "s3":
        return parts.netloc, parts.path.lstrip("/")
    if parts.scheme == "https":
        bucket, _, key = parts.path.lstrip("/").partition("/")
        return bucket, key
    raise JobError(f"ClientError: {uri!r} is no S3 address; expected s3://bucket/key.")


def relative_key(prefix: str, key: str) -> str:
    """Return an object's path below the folder that its prefix is mapped to.

    The prefix counts as a folder for objects below it; for an object that merely starts with it (or is it),
    the folder is the prefix up to its last slash.

    Examples
    --------
    >>> relative_key("data/train", "data/train/day=1/a.csv")
    'day=1/a.csv'
    >>> relative_key("data/train.csv", "data/train.csv")
    'train.csv'
    >>> relative_key("data/tr", "data/train/a.csv")
    'train/a.csv'
    """
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if not key.startswith(folder):
        folder = prefix.rpartition("/")[0] + "/" if "/" in prefix else ""
    return key.removeprefix(folder)


def find(session: RoleSession, source: S3Source, role_arn: str) -> list[tuple[str, str, str]]:
    """Return (bucket, key, relative path) of every object of a source."""
    try:
        found = list(_FINDERS[source.data_type](session, source))
    except CloudError as error:
        raise JobError(f"ClientError: Data download failed: {error} ({source.uri})") from error
    except KeyError:
        raise JobError(f"ClientError: S3DataType {source.data_type} is not available locally.") from None
    if not found:
        raise JobError(
            f'ClientError: No S3 objects found under S3 URL "{source.uri}" given in input data source. '
            "Please ensure that the bucket exists in the selected region, that objects exist under that S3 "
            f'prefix, and that the role "{role_arn}" has "s3:ListBucket" permissions on the bucket.'
        )
    return found


def fetch(session: RoleSession, source: S3Source, folder: Path, role_arn: str) -> int:
    """Download a source's objects into a folder; return how many.

    Raises
    ------
    JobError
        Nothing was found, or the role may not read it.
    """
    wanted = find(session, source, role_arn)

    def one(item: tuple[str, str, str]) -> None:
        bucket, key, relative = item
        _download(session, bucket, key, _below(folder, relative), source.compression)

    try:
        _each(one, wanted)
    except CloudError as error:
        raise JobError(f"ClientError: Data download failed: {error} ({source.uri})") from error
    return len(wanted)


def store(session: RoleSession, folder: Path, target: S3Target) -> int:
    """Upload every file below a folder, keeping the structure; return how many."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    bucket, prefix = split_uri(target.uri)

    def one(path: Path) -> None:
        key = "/".join(part for part in (prefix.rstrip("/"), path.relative_to(folder).as_posix()) if part)
        session.upload(path, bucket, key, target.kms_key)

    try:
        _each(one, files)
    except CloudError as error:
        raise JobError(f"ClientError: Data upload failed: {error} ({target.uri})") from error
    return len(files)


def store_archive(session: RoleSession, folder: Path, target: S3Target, scratch: Path) -> None:
    """Upload a folder as one gzip-compressed tar archive."""
    archive = scratch / "archive.tar.gz"
    pack(folder, archive)
    bucket, key = split_uri(target.uri)
    try:
        session.upload(archive, bucket, key, target.kms_key)
    except CloudError as error:
        raise JobError(f"ClientError: Data upload failed: {error} ({target.uri})") from error
    finally:
        archive.unlink(missing_ok=True)


def pack(folder: Path, archive: Path) -> None:
    """Write a folder's content as a gzip tar that is the same for the same content.

    Names are sorted; times, owners and the gzip header carry nothing of the machine.
    """
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            tar.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)


def unpack(archive: Path, folder: Path) -> None:
    """Extract a gzip tar, refusing members that would land outside the folder or are devices.

    Raises
    ------
    JobError
        The file is no such archive, or a member is not safe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:*") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise JobError(f"ClientError: Failed to extract {archive.name}: {error}") from error


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Remove what differs between two machines or moments."""
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def _below(folder: Path, relative: str) -> Path:
    """Return a path below a folder, refusing keys that climb out of it."""
    if ".." in PurePosixPath(relative).parts:
        raise JobError(f"ClientError: The key {relative!r} would be written outside of its folder.")
    return folder / relative.lstrip("/")


def _download(session: RoleSession, bucket: str, key: str, path: Path, compression: str) -> None:
    """Fetch one object, decompressing it if its channel says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    session.download(bucket, key, path)
    if compression != "Gzip":
        return
    packed = path.rename(path.with_name(path.name + ".packed"))
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    with gzip.open(packed) as source, plain.open("wb") as target:
        shutil.copyfileobj(source, target)
    packed.unlink()


def _prefix_objects(session: RoleSession, source: S3Source) -> Iterator[tuple[str, str, str]]:
    """Yield the objects of a prefix, without the empty ones that stand for folders."""
    bucket, prefix = split_uri(source.uri)
    for key in session.list_keys(bucket, prefix):
        if not key.endswith("/"):
            yield bucket, key, relative_key(prefix, key)


def _manifest_objects(session: RoleSession, source: S3Source) -> Iterator[tuple[str, str, str]]:
    """Yield the objects that a manifest file lists."""
    try:
        head, *names = json.loads(session.read(*split_uri(source.uri)))
        bucket, prefix = split_uri(head["prefix"])
    except (ValueError, KeyError, TypeError) as error:
        raise JobError(
            f'ClientError: {source.uri} is no manifest; expected [{{"prefix": "s3://..."}}, "key", ...].'
        ) from error
    for name in names:
        yield bucket, prefix + name, name


def _each(action: Any, items: list[Any]) -> None:
    """Run an action over items, several at once when there are several; the first error ends it."""
    if len(items) <= 1:
        for item in items:
            action(item)
        return
    with ThreadPoolExecutor(min(_TRANSFERS, len(items)), "sagemaker-transfer") as pool:
        for _ in pool.map(action, items):
            pass


_FINDERS = {"S3Prefix": _prefix_objects, "S3Object": _prefix_objects, "ManifestFile": _manifest_objects}
