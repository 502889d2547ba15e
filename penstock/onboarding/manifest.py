"""The manifest of a database export: which files, beside it, are one arrival."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import UnreadableFile

MOST_FILES = 10_000
MOST_BYTES = 16 << 20
_SEGMENT = re.compile(r"[^\x00-\x1f\x7f/\\]{1,255}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ListedFile:
    """A file of an export; what is None is not checked."""

    key: str
    """Where it lies, seen from the manifest's folder."""
    bytes: int | None = None
    rows: int | None = None
    sha256: str | None = None


def is_manifest(file_name: str) -> bool:
    """Tell whether a landed file is a manifest, by its name.

    Examples
    --------
    >>> is_manifest("2025-05-manifest.json"), is_manifest("unload_manifest"), is_manifest("part-1.csv")
    (True, True, False)
    """
    return file_name.lower().removesuffix(".json").endswith("manifest")


def read_manifest(file: Path) -> tuple[ListedFile, ...]:
    """Read a manifest: ours, or that of a Redshift ``UNLOAD … MANIFEST``.

    Parameters
    ----------
    file
        ``{"files": [{"key": …, "bytes": …, "rows": …, "sha256": …}]}``, all but the key optional; or
        ``{"entries": [{"url": "s3://…/name", "meta": {"content_length": …, "record_count": …}}]}``, of which
        the last part of each URL counts.

    Returns
    -------
    tuple of ListedFile
        In the order of the manifest.

    Raises
    ------
    UnreadableFile
        It is no manifest, names no file, one twice, or one that is not beside it.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "manifest.json"
    >>> _ = file.write_text('{"files": [{"key": "a.csv", "rows": 2}]}')
    >>> read_manifest(file)
    (ListedFile(key='a.csv', bytes=None, rows=2, sha256=None),)
    >>> _ = file.write_text('{"files": [{"key": "../payroll/a.csv"}]}')
    >>> read_manifest(file)
    Traceback (most recent call last):
    ...
    penstock.errors.UnreadableFile: The manifest cannot be used.
      found: the key '../payroll/a.csv'
      expected: names of files in the manifest's own folder, each once
      where: manifest.json
      what to do: Correct the export's manifest and upload it again, after its files.
    """
    document = _document(file)
    try:
        listed = tuple(_listed(document))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _unusable(str(error) or type(error).__name__, "files, each with its key", file.name) from error
    names = {one.key for one in listed}
    wrong = next((one.key for one in listed if not _is_beside(one.key) or one.key == file.name), None)
    if wrong is not None or len(names) < len(listed):
        found = f"the key {str(wrong)[:200]!r}" if wrong is not None else "a file that is listed twice"
        raise _unusable(found, "names of files in the manifest's own folder, each once", file.name)
    if not 0 < len(listed) <= MOST_FILES:
        raise _unusable(f"{len(listed):,} files", f"1 to {MOST_FILES:,}", file.name)
    return listed


def verify(listed: ListedFile, folder: Path, where: str) -> Path:
    """Return a listed file, if it is there and is what the manifest says.

    Raises
    ------
    UnreadableFile
        It is missing, or its size or hash differs.
    """
    path = folder / listed.key
    if not path.is_file():
        raise _differs(listed, "no such file beside the manifest", "the file", where)
    size = path.stat().st_size
    if listed.bytes is not None and size != listed.bytes:
        raise _differs(listed, f"{size:,} bytes", f"{listed.bytes:,} bytes", where)
    if listed.sha256 is not None:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != listed.sha256:
            raise _differs(listed, f"SHA-256 {digest}", listed.sha256, where)
    return path


def verify_rows(listed: ListedFile, rows: int, where: str) -> None:
    """Refuse a file that has not as many rows as the manifest says.

    Raises
    ------
    UnreadableFile
        The numbers differ.
    """
    if listed.rows is not None and rows != listed.rows:
        raise _differs(listed, f"{rows:,} rows", f"{listed.rows:,} rows", where)


def _document(file: Path) -> Mapping[str, Any]:
    """Read the JSON object in a file."""
    if file.stat().st_size > MOST_BYTES:
        raise _unusable(f"{file.stat().st_size:,} bytes", f"at most {MOST_BYTES:,}", file.name)
    try:
        document = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _unusable(f"no JSON ({error})", "a JSON object", file.name) from error
    if not isinstance(document, dict):
        raise _unusable("no JSON object", '{"files": […]}', file.name)
    return document


def _listed(document: Mapping[str, Any]) -> Iterator[ListedFile]:
    """Yield what a manifest of either kind lists."""
    if "entries" in document:
        for entry in document["entries"]:
            meta = entry.get("meta") or {}
            rows = meta.get("record_count")
            yield ListedFile(
                str(entry["url"]).rsplit("/", 1)[-1], _number(meta.get("content_length")), _number(rows)
            )
        return
    for entry in document["files"]:
        digest = entry.get("sha256")
        if digest is not None and not _DIGEST.fullmatch(str(digest).lower()):
            raise ValueError(f"sha256 of {entry['key']!r} is no SHA-256")
        digest = str(digest).lower() if digest else None
        yield ListedFile(str(entry["key"]), _number(entry.get("bytes")), _number(entry.get("rows")), digest)


def _number(value: Any) -> int | None:
    """Return a count, or None if there is none."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError(f"{value!r} is no number of bytes or rows")
    return value


def _is_beside(key: str) -> bool:
    """Tell whether a key stays in the manifest's folder."""
    return all(_SEGMENT.fullmatch(part) and part not in {".", ".."} for part in key.split("/"))


def _unusable(found: str, expected: str, where: str) -> UnreadableFile:
    """Make the error of a manifest that is none."""
    return UnreadableFile(
        "The manifest cannot be used.",
        found=found,
        expected=expected,
        where=where,
        action="Correct the export's manifest and upload it again, after its files.",
    )


def _differs(listed: ListedFile, found: str, expected: str, where: str) -> UnreadableFile:
    """Make the error of a file that is not what the manifest says."""
    return UnreadableFile(
        f"The export's file {listed.key} is not what the manifest says.",
        found=found,
        expected=expected,
        where=where,
        action="Upload the file as it was exported, then the manifest again.",
    )
