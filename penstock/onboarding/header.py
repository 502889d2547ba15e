"""The first line of a CSV file: is this a CSV file at all, and has it the contract's columns."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from penstock.errors import EmptyFile, SchemaMismatch, UnreadableFile
from penstock.onboarding.formats.encoding import fault_of, is_utf8
from penstock.specs import Contract, ContractFormat

_BOM = b"\xef\xbb\xbf"
_KINDS = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a ZIP archive or spreadsheet",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF document",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x89PNG": "a picture",
    b"SQLite format 3": "a database",
}
_SHOWN = 200
_LISTED = 50


@dataclass(frozen=True)
class Header:
    """The names in the first line, the byte after it, and the lines up to there."""

    names: tuple[str, ...]
    end: int
    lines: int = 1
    is_first: bool = True
    """Whether the file begins with it, so that the engine can read the file as it is."""
    is_there: bool = True
    """Whether the file has a line of names at all."""
    unknown: tuple[str, ...] = ()
    """Names that the contract does not know, where it lets files have more columns."""


def read_header(file: Path, contract: Contract) -> Header:
    """Read a file's first line and compare it with the contract's columns, whose order does not matter.

    Parameters
    ----------
    file
        Text in UTF-8 (see :mod:`penstock.onboarding.formats`).
    contract
        Its columns, and how the file is written. Without a header, the names are the contract's.

    Raises
    ------
    EmptyFile
        There is nothing in the file.
    UnreadableFile
        The file is of another kind, or its first line is no text or too long.
    SchemaMismatch
        Columns are missing, not expected, or named twice.
    """
    style, expected = contract.format, tuple(column.name for column in contract.columns)
    with file.open("rb") as stream:
        start = stream.read(65_536)
        skipped = _skip(stream, start, style)
        line = stream.readline(style.max_line_bytes + 1)
        end = stream.tell()
    if not start.removeprefix(_BOM).strip():
        _nothing(file)
    _refuse_binary(start if skipped else line, file.name, style)
    if not style.header:
        first = skipped == 0
        return Header(expected, end - len(line), lines=style.skip_lines, is_first=first, is_there=False)
    text = _decoded(line, style, file.name)
    names = _names(text, style)
    _refuse_prose(text, names, expected, file.name)
    unknown = compare_columns(names, contract, file.name)
    return Header(names, end, lines=style.skip_lines + 1, is_first=not style.skip_lines, unknown=unknown)


def _skip(stream: BinaryIO, start: bytes, style: ContractFormat) -> int:
    """Go to the header: after the byte order mark if no header follows, after the lines to skip."""
    stream.seek(len(_BOM) if start.startswith(_BOM) and not style.header else 0)
    for _ in range(style.skip_lines):
        while (part := stream.readline(1 << 20)) and not part.endswith(b"\n"):
            pass
    return stream.tell()


def compare_columns(
    names: tuple[str, ...], contract: Contract, where: str, *, optional: bool = False
) -> tuple[str, ...]:
    """Refuse columns that are not those of the contract; letter case counts, order does not.

    Parameters
    ----------
    names
        Those of the file.
    contract
        With ``evolution`` other than ``refuse``, more columns are fine, and fewer where they are nullable.
    where
        The file, for the error.
    optional
        Whether every column may be missing, as in JSON.

    Returns
    -------
    tuple of str
        The names that the contract does not know, in the order of the file.

    Raises
    ------
    SchemaMismatch
        The message names every missing, unexpected and repeated column.
    """
    evolves = contract.evolution != "refuse"
    needed = [c.name for c in contract.columns if not (optional or (evolves and c.nullable and not c.key))]
    counts, known = Counter(names), {column.name for column in contract.columns}
    unknown = tuple(name for name in dict.fromkeys(names) if name not in known)
    folded = Counter(name.lower() for name in {*names, *known})
    parts = {
        "missing": [name for name in needed if name not in counts],
        "not expected": [] if evolves else sorted(unknown),
        "named twice": sorted(name for name, count in counts.items() if count > 1),
        "different in letter case alone": sorted(n for n in {*names, *known} if folded[n.lower()] > 1),
    }
    if parts["missing"] or parts["not expected"]:
        parts["different in letter case alone"] = _colliding(names)
    if any(parts.values()):
        raise _mismatch(parts, names, tuple(column.name for column in contract.columns), where)
    return unknown


def _colliding(names: tuple[str, ...]) -> list[str]:
    """Return the names of a file that differ in letter case alone, which SQL engines cannot tell apart."""
    folded = Counter(name.lower() for name in set(names))
    return sorted(name for name in set(names) if folded[name.lower()] > 1)


def _nothing(file: Path) -> None:
    """Refuse a file that starts with blanks and holds nothing else."""
    with file.open("rb") as stream:
        if not any(block.removeprefix(_BOM).strip() for block in iter(lambda: stream.read(1 << 20), b"")):
            raise EmptyFile(
                "The file is empty.",
                found=f"{file.stat().st_size} bytes",
                expected="a header and at least one row",
                where=file.name,
                action="Export it again and upload it.",
            )


def _refuse_binary(start: bytes, where: str, style: ContractFormat) -> None:
    """Refuse what is known to be, or can only be, no text."""
    kind = next((kind for magic, kind in _KINDS.items() if start.startswith(magic)), None)
    if kind is None and b"\0" in start:
        kind = f"a NUL byte at byte {start.index(0)}"
    if kind:
        raise _unreadable("The file is not CSV.", kind, f"text in {_shown(style)}", where)


def _decoded(line: bytes, style: ContractFormat, where: str) -> str:
    """Return the first line as text without its end."""
    if len(line) > style.max_line_bytes:
        raise _unreadable(
            "The first line is too long to be a header.",
            f"more than {style.max_line_bytes:,} bytes",
            "a line of column names",
            where,
        )
    line = line.removeprefix(_BOM)
    if fault := fault_of(line, style.encoding):
        raise _unreadable(f"The first line is not {_shown(style)}.", fault, f"text in {_shown(style)}", where)
    text = line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    if "\r" in text:
        raise _unreadable("Lines end with a carriage return alone.", "CR", "LF or CR LF", where)
    return text


def _shown(style: ContractFormat) -> str:
    """Name the encoding as people do."""
    return "UTF-8" if is_utf8(style.encoding) else style.encoding


def _names(text: str, style: ContractFormat) -> tuple[str, ...]:
    """Split the header into names."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if style.quote else csv.QUOTE_NONE
    reader = csv.reader(
        [text],
        delimiter=style.delimiter,
        quotechar=style.quote or None,
        escapechar=style.escape or None,
        quoting=quoting,
    )
    try:
        return tuple(next(reader, []))
    except csv.Error:
        return (text,)


def _refuse_prose(text: str, names: tuple[str, ...], expected: tuple[str, ...], where: str) -> None:
    """Refuse JSON and mark-up with a better word than a list of missing columns."""
    if text.lstrip()[:1] in {"{", "[", "<"} and not set(names) & set(expected):
        raise _unreadable("The file is not CSV.", repr(text[:60]), "a line of column names", where)


def _mismatch(
    parts: dict[str, list[str]], names: tuple[str, ...], expected: tuple[str, ...], where: str
) -> SchemaMismatch:
    """Name everything that differs, in one error; a few dozen names are enough."""
    found = "; ".join(f"{what}: {_listed(which)}" for what, which in parts.items() if which)
    return SchemaMismatch(
        "The columns are not those of the contract.",
        found=found,
        where=where,
        expected=_listed(expected),
        action=_advice(names, expected),
    )


def _listed(names: Sequence[str]) -> str:
    """List names, not more than people read."""
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(map(_short, names[:_LISTED])) + more


def _short(name: str) -> str:
    """Show a name that may be anything."""
    return repr(name[:_SHOWN]) if name != name.strip() or len(name) > _SHOWN or not name else name


def _advice(names: tuple[str, ...], expected: tuple[str, ...]) -> str:
    """Guess what happened."""
    folded = {name.strip().lower() for name in names}
    if _colliding((*names, *expected)) and set(names) >= set(expected):
        return "SQL engines cannot tell such names apart: rename or remove one of them."
    if len(names) == 1 and len(expected) > 1:
        return "Check the delimiter: the header was read as one column."
    if folded >= {name.lower() for name in expected}:
        return "Letter case and blanks count: write the names as the contract does."
    return "Correct the export, or have the contract changed."


def _unreadable(message: str, found: str, expected: str, where: str) -> UnreadableFile:
    """Make the error of a file that is no CSV."""
    return UnreadableFile(
        message,
        found=found,
        expected=expected,
        where=where,
        action="Export the file as the contract's format says, or correct format.encoding in the contract.",
    )
