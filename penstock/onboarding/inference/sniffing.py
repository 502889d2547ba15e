"""What kind of file it is: compression, encoding, format."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from penstock.errors import EmptyFile, UnreadableFile
from penstock.onboarding.formats.compression import compression_of, unpacked
from penstock.onboarding.formats.document import to_lines
from penstock.onboarding.formats.plain import plain
from penstock.onboarding.inference.dialect import dialect_of
from penstock.onboarding.inference.fields import Field, fields_of, lists_of
from penstock.specs import ContractFormat
from penstock.tables import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_START = 1 << 20
_DOCUMENT = 64 << 20
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_PROBED = 400
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = bytes(range(128, 256))
_UNDEFINED = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
"""Bytes that cp1252 does not have."""


@dataclass(frozen=True)
class Sniffed:
    """How a file is written, and the columns that it has."""

    style: ContractFormat
    fields: tuple[Field, ...]
    names_in_file: bool = True
    """Whether the file names its columns."""


def sniff(connection: DuckDBPyConnection, file: Path, folder: Path) -> Sniffed:
    """Find out how a file is written.

    Raises
    ------
    EmptyFile
        There is nothing in it.
    UnreadableFile
        It is none of CSV, JSON lines, JSON and Parquet.
    """
    compression = compression_of(file, "auto")
    start = _start(file, compression, folder)
    if not start.strip():
        raise EmptyFile("The file is empty.", expected="at least one row", where=file.name)
    if start.startswith(b"PAR1"):
        return _parquet(connection, file)
    encoding = _encoding(file, compression, start, folder)
    text = _text(start, encoding)
    _refuse_binary(text, file)
    packed: Literal["auto", "none"] = "auto"
    style = ContractFormat(encoding=encoding, compression=packed)
    if text.lstrip()[:1] in {"{", "["} and (found := _json(connection, file, style, text, folder)):
        return found
    return _csv(style, text)


def _start(file: Path, compression: str, folder: Path) -> bytes:
    """Return the first megabyte of the content."""
    start = b""
    for block in unpacked(file, compression, folder=folder):
        start += block
        if len(start) >= _START:
            break
    return start[:_START]


def _encoding(file: Path, compression: str, start: bytes, folder: Path) -> str:
    """Return the encoding: by the byte order mark, else UTF-8 if most letters are, else a Western one."""
    for mark, name in _BOMS.items():
        if start.startswith(mark):
            return name
    if start[1:_PROBED:2].count(0) > len(start[:_PROBED]) // 5:
        return "utf-16-le"
    if start[0:_PROBED:2].count(0) > len(start[:_PROBED]) // 5:
        return "utf-16-be"
    whole = stray = 0
    undefined = False
    for block in unpacked(file, compression, folder=folder):
        if not block.isascii():
            sequences = _UTF8.findall(block)
            whole += len(sequences)
            stray += len(block) - len(block.translate(None, _HIGH)) - sum(map(len, sequences))
            undefined = undefined or any(byte in block for byte in _UNDEFINED)
    if whole >= stray:
        return "utf-8"
    return "iso-8859-1" if undefined else "cp1252"


def _text(start: bytes, encoding: str) -> str:
    """Return the whole lines of the start."""
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(start).removeprefix("\ufeff")
    whole = text.rfind("\n") + 1
    return text[:whole] if whole and len(start) >= _START else text


def _refuse_binary(text: str, file: Path) -> None:
    """Refuse what is no text."""
    if "\0" in text:
        raise UnreadableFile(
            "The file is neither CSV, JSON nor Parquet.",
            found="NUL bytes",
            expected="text, or one of these formats",
            where=file.name,
            action="Export it in one of these formats.",
        )


def _parquet(connection: DuckDBPyConnection, file: Path) -> Sniffed:
    """Take the names from the file."""
    import duckdb

    try:
        found = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(file))})").fetchall()
    except duckdb.Error as error:
        raise UnreadableFile(
            "The file is not Parquet.",
            found=str(error).splitlines()[0],
            where=file.name,
            action="Export it again.",
        ) from error
    fields = tuple(Field(str(row[0]), native=str(row[1])) for row in found)
    return Sniffed(ContractFormat(kind="parquet"), fields)


def _csv(style: ContractFormat, text: str) -> Sniffed:
    """Take the dialect and, if there is one, the header."""
    found = dialect_of(text)
    names = found.names or tuple(f"column_{place}" for place in range(1, found.width + 1))
    style = style.model_copy(
        update={
            "delimiter": found.delimiter,
            "quote": found.quote,
            "escape": found.escape,
            "header": found.names is not None,
            "skip_lines": found.skip_lines,
        }
    )
    return Sniffed(style, tuple(map(Field, names)), names_in_file=found.names is not None)


def _json(
    connection: DuckDBPyConnection, file: Path, style: ContractFormat, text: str, folder: Path
) -> Sniffed | None:
    """Take the fields of the records; None if it is no JSON."""
    content = plain(file, style, folder / "sniffed")
    if _is_lines(text):
        return Sniffed(style.model_copy(update={"kind": "json_lines"}), fields_of(connection, content))
    records = _records(content, text)
    if records is None:
        return None
    lines = folder / "sniffed" / "records.jsonl"
    lines.parent.mkdir(exist_ok=True)
    to_lines(content, records, lines, longest=style.max_line_bytes)
    style = style.model_copy(update={"kind": "json", "records": records})
    return Sniffed(style, fields_of(connection, lines))


def _is_lines(text: str) -> bool:
    """Tell whether the first line that is not blank is a record by itself."""
    line = next(line for line in text.splitlines() if line.strip())
    found = _parsed(line)
    return isinstance(found, dict) and (text.count("\n{") > 0 or not any(lists_of(found)))


def _records(content: Path, text: str) -> str | None:
    """Return where the list of records is; None if there is none."""
    if text.lstrip().startswith("["):
        return ""
    if content.stat().st_size > _DOCUMENT:
        raise UnreadableFile(
            "The JSON document is too large to look for its records.",
            found=f"{content.stat().st_size:,} bytes",
            expected=f"at most {_DOCUMENT:,}",
            where=content.name,
            action="Write a contract with format.records by hand.",
        )
    return next(iter(lists_of(_parsed(content.read_text(encoding="utf-8-sig", errors="replace")))), None)


def _parsed(text: str) -> Any:
    """Parse JSON; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
