"""Database exports in the landing bucket: the manifest is onboarded, its files are fetched with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from penstock.errors import NotFound
from penstock.onboarding.manifest import is_manifest, read_manifest
from penstock.specs import Contract
from penstock.stores import ObjectStore


def awaits_manifest(contract: Contract | None, file_name: str) -> bool:
    """Tell whether an object is but part of an export, and nothing is to be done until its manifest lands."""
    return contract is not None and contract.format.manifest and not is_manifest(file_name)


def needs_job(contract: Contract, file_name: str) -> bool:
    """Tell whether a file needs a job whatever its size: functions cannot unpack Zstandard."""
    return contract.format.compression == "zstd" or file_name.lower().endswith((".zst", ".zstd"))


def listed_keys(landing: ObjectStore, contract: Contract, key: str, version: str) -> tuple[str, ...]:
    """Return the keys of the files that a landed manifest lists and that are there; none for other files."""
    if not contract.format.manifest:
        return ()
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "manifest"
        landing.download(key, file, version=version)
        return tuple(_there(landing, key, file))


def fetch_listed(landing: ObjectStore, contract: Contract, key: str, manifest: Path) -> None:
    """Download the files that a manifest lists to its folder; whoever reads them finds which are missing."""
    if contract.format.manifest:
        folder = key.rsplit("/", 1)[0]
        for found in _there(landing, key, manifest):
            landing.download(found, manifest.parent / found.removeprefix(f"{folder}/"))


def size_of(landing: ObjectStore, keys: tuple[str, ...]) -> int:
    """Return the bytes of some objects."""
    return sum(landing.head(key).bytes for key in keys)


def _there(landing: ObjectStore, key: str, manifest: Path) -> Iterator[str]:
    """Yield the keys of listed files that exist; they may lie in the manifest's own folder alone."""
    folder = key.rsplit("/", 1)[0]
    for listed in read_manifest(manifest):
        try:
            yield landing.head(f"{folder}/{listed.key}").key
        except NotFound:
            continue
