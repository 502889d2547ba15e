"""The signature of a model's package: the hashes that the version record carries, and their verification.

The hashes inside the package tell of accidents; who can replace the package can rewrite those too. These
are written beside it when the version is registered, and into the audit trail.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from penstock.errors import ChangedModel, NotFound

if TYPE_CHECKING:
    from penstock.models.version import ModelVersion
    from penstock.stores import ObjectStore

_MOST_FILES = 10_000


class PackageSignature(BaseModel):
    """What a package is, to the byte.

    Attributes
    ----------
    sha256, bytes
        Of the archive.
    files
        SHA-256 of each file in it, by its path.
    """

    model_config = ConfigDict(frozen=True)

    sha256: str
    bytes: int
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 over the names and hashes of all files: what an unpacked package is compared with."""
        return _digest(self.files)


def sign_package(artifacts: ObjectStore, key: str) -> PackageSignature:
    """Measure a package as it lies in a bucket.

    Raises
    ------
    ChangedModel
        It is no archive, or holds something other than files.
    NotFound
        There is no such object.

    Examples
    --------
    >>> from penstock.stores import FolderObjects
    >>> store, folder = FolderObjects(Path(tempfile.mkdtemp())), Path(tempfile.mkdtemp())
    >>> _ = (folder / "model.json").write_text("{}")
    >>> with tarfile.open(folder / "m.tar.gz", "w:gz") as tar:
    ...     tar.add(folder / "model.json", "model.json")
    >>> store.upload(folder / "m.tar.gz", "m.tar.gz")
    >>> signature = sign_package(store, "m.tar.gz")
    >>> list(signature.files), signature.digest == folder_digest(folder, signature.files)
    (['model.json'], True)
    """
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "package"
        artifacts.download(key, archive)
        return sign_archive(archive, where=f"{artifacts.uri}/{key}")


def sign_archive(archive: Path, *, where: str = "") -> PackageSignature:
    """Measure a package in a file, without unpacking it.

    Raises
    ------
    ChangedModel
        It is no archive, or holds something other than files.
    """
    with archive.open("rb") as stream:
        whole = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        with tarfile.open(archive, "r:*") as tar:
            files = dict(_members(tar, where or str(archive)))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _changed(f"no archive: {error}", "a model's package", where or str(archive)) from error
    return PackageSignature(sha256=whole, bytes=archive.stat().st_size, files=dict(sorted(files.items())))


def verify_package(artifacts: ObjectStore, version: ModelVersion) -> PackageSignature:
    """Check that a version's package is, to the byte, the one that was registered.

    Returns
    -------
    PackageSignature
        As the version's record has it.

    Raises
    ------
    ChangedModel
        It was changed or removed, or the record carries no signature.
    """
    where = f"version {version.version} of {version.use_case}: {artifacts.uri}/{version.model_key}"
    if version.signature is None:
        raise _changed("a version without a signature", "the hashes that registration writes", where)
    try:
        found = sign_package(artifacts, version.model_key)
    except (ChangedModel, NotFound) as error:
        told = error.found if isinstance(error, ChangedModel) else "no package"
        raise _changed(told, f"sha256 {version.signature.sha256}", where) from error
    if found != version.signature:
        changed = _difference(version.signature.files, found.files)
        told = f"sha256 {found.sha256}" + (f" ({changed})" if changed else "")
        raise _changed(told, f"sha256 {version.signature.sha256}", where)
    return found


def verify_folder(folder: Path, digest: str) -> None:
    """Check an unpacked package against :attr:`PackageSignature.digest` before anything of it is loaded.

    Parameters
    ----------
    digest
        As the deployment states it; an empty one, of a container that no deployment made, is not checked.

    Raises
    ------
    ChangedModel
        A file was changed, added or removed.
    """
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    if digest and (found := folder_digest(folder, names)) != digest:
        raise _changed(f"digest {found} of {len(names)} files", f"digest {digest}", str(folder))


def folder_digest(folder: Path, names: Iterable[str]) -> str:
    """Return the digest over some files of a folder."""
    found = {}
    for name in names:
        with (folder / name).open("rb") as stream:
            found[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return _digest(found)


def _members(tar: tarfile.TarFile, where: str) -> list[tuple[str, str]]:
    """Hash the members of an archive; folders count for nothing, links and devices are refused."""
    found = list[tuple[str, str]]()
    for member in tar:
        if member.isdir():
            continue
        stream = tar.extractfile(member) if member.isreg() else None
        name = member.name.removeprefix("./")
        if stream is None or len(found) >= _MOST_FILES or name in dict(found):
            raise _changed(f"a member {name!r} that is no file of its own", "plain files only", where)
        found.append((name, hashlib.file_digest(stream, "sha256").hexdigest()))  # type: ignore[arg-type]
    return found


def _digest(files: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _difference(registered: dict[str, str], found: dict[str, str]) -> str:
    """Name the files that differ."""
    names = sorted(name for name in {*registered, *found} if registered.get(name) != found.get(name))
    return f"{', '.join(names[:5])} differ" if names else ""


def _changed(found: str, expected: str, where: str) -> ChangedModel:
    return ChangedModel(
        "The model's package is not the one that was registered.",
        found=found,
        expected=expected,
        where=where,
        action="Restore the object's registered version in the bucket, or train again; it is not deployed.",
    )
