"""The first line of a CSV file: is this a CSV file at all, and has it the contract's columns."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from penstock.errors import EmptyFile, SchemaMismatch, UnreadableFile
from penstock.specs import ContractFormat

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


@dataclass(frozen=True)
class Header:
    """The names in the first line, and the byte after it."""

    names: tuple[str, ...]
    end: int


def read_header(file: Path, expected: tuple[str, ...], style: ContractFormat) -> Header:
    """Read a file's first line and compare it with the contract's columns, whose order does not matter.

    Raises
    ------
    EmptyFile
        There is nothing in the file.
    UnreadableFile
        The file is of another kind, or its first line is no text or too long.
    SchemaMismatch
        Columns are missing, not expected, or named twice.
    """
    with file.open("rb") as stream:
        start = stream.read(65_536)
        stream.seek(0)
        line = stream.readline(style.max_line_bytes + 1)
    if not start.removeprefix(_BOM).strip():
        _nothing(file)
    _refuse_binary(line, file.name)
    text = _decoded(line, style, file.name)
    names = _names(text, style)
    _refuse_prose(text, names, expected, file.name)
    _compare(names, expected, file.name)
    return Header(names, len(line))


def compare_columns(names: tuple[str, ...], expected: tuple[str, ...], where: str) -> None:
    """Refuse columns that are not those of the contract; letter case counts, order does not.

    Raises
    ------
    SchemaMismatch
        The message names every missing, unexpected and repeated column.
    """
    _compare(names, expected, where)


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


def _refuse_binary(start: bytes, where: str) -> None:
    """Refuse what is known to be, or can only be, no text."""
    kind = next((kind for magic, kind in _KINDS.items() if start.startswith(magic)), None)
    if kind is None and b"\0" in start:
        kind = f"a NUL byte at byte {start.index(0)}"
    if kind:
        raise _unreadable("The file is not CSV.", kind, "text in UTF-8", where)


def _decoded(line: bytes, style: ContractFormat, where: str) -> str:
    """Return the first line as text without its end."""
    if len(line) > style.max_line_bytes:
        raise _unreadable(
            "The first line is too long to be a header.",
            f"more than {style.max_line_bytes:,} bytes",
            "a line of column names",
            where,
        )
    try:
        text = line.removeprefix(_BOM).decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise _unreadable(
            "The first line is not UTF-8.",
            f"byte 0x{line[error.start]:02x} at byte {error.start}",
            "text in UTF-8",
            where,
        ) from error
    if "\r" in text:
        raise _unreadable("Lines end with a carriage return alone.", "CR", "LF or CR LF", where)
    return text


def _names(text: str, style: ContractFormat) -> tuple[str, ...]:
    """Split the header into names."""
    return tuple(next(csv.reader([text], delimiter=style.delimiter), []))


def _refuse_prose(text: str, names: tuple[str, ...], expected: tuple[str, ...], where: str) -> None:
    """Refuse JSON and mark-up with a better word than a list of missing columns."""
    if text.lstrip()[:1] in {"{", "[", "<"} and not set(names) & set(expected):
        raise _unreadable("The file is not CSV.", repr(text[:60]), "a line of column names", where)


def _compare(names: tuple[str, ...], expected: tuple[str, ...], where: str) -> None:
    """Name everything that differs, in one error."""
    counts = Counter(names)
    parts = {
        "missing": [name for name in expected if name not in counts],
        "not expected": sorted(set(names) - set(expected)),
        "named twice": sorted(name for name, count in counts.items() if count > 1),
    }
    if not any(parts.values()):
        return
    found = "; ".join(f"{what}: {', '.join(map(_short, which))}" for what, which in parts.items() if which)
    raise SchemaMismatch(
        "The columns are not those of the contract.",
        found=found,
        where=where,
        expected=", ".join(expected),
        action=_advice(names, expected),
    )


def _short(name: str) -> str:
    """Show a name that may be anything."""
    return repr(name[:_SHOWN]) if name != name.strip() or len(name) > _SHOWN or not name else name


def _advice(names: tuple[str, ...], expected: tuple[str, ...]) -> str:
    """Guess what happened."""
    folded = {name.strip().lower() for name in names}
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
        action="Export the file as CSV in UTF-8 and upload it again.",
    )
