"""A JSON document that holds all records: read as a stream, written as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from penstock.errors import UnreadableFile
from penstock.specs.path import parse_path

_BLOCK = 1 << 20
_TOKEN = 16
"""Characters after which no literal, number sign or escape is cut off any more."""
_BLANK = " \t\r\n"
_DECODER = json.JSONDecoder(strict=True)


def to_lines(file: Path, records: str, target: Path, *, longest: int) -> None:
    r"""Write each record of a document on a line.

    Parameters
    ----------
    file
        A plain document. Only one record, or one value beside the records, is in memory at a time.
    records
        Where the list of records is, such as ``$.data.items``; empty when the document is the list.
    target
        The file of lines.
    longest
        Characters that a record may have; twice as much for a value beside the records.

    Raises
    ------
    UnreadableFile
        It is no JSON, has no such list, or is cut off. The error names line and column.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.json").write_text('{"page": 1, "items": [{"id": 1}, {"id": 2}]}')
    >>> to_lines(folder / "a.json", "$.items", folder / "lines", longest=1000)
    >>> (folder / "lines").read_text()
    '{"id": 1}\n{"id": 2}\n'
    """
    with (
        file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out,
    ):
        reader = _Reader(stream, file.name, 2 * longest + _BLOCK)
        steps = parse_path(records) if records else ()
        for step in steps:
            _enter(reader, step, records)
        for record in _items(reader, records):
            out.write(record.translate(_FLAT) + "\n")
        for step in reversed(steps):
            _leave(reader, step)
        if reader.peek():
            raise reader.fault(f"{reader.peek()!r} after the document", "its end")


_FLAT = str.maketrans("\r\n", "  ")
"""In valid JSON, line ends are blanks between values."""


class _Reader:
    """A window on a document that moves on and grows as needed."""

    def __init__(self, stream: TextIO, where: str, limit: int) -> None:
        self._stream, self._where, self._limit = stream, where, limit
        self._text, self._at, self._ended = "", 0, False
        self._lines, self._column = 1, 0

    def peek(self) -> str:
        """Return the next character that is not blank, nothing at the end."""
        while True:
            rest = self._text[self._at : self._at + 64].lstrip(_BLANK) or self._text[self._at :].lstrip(
                _BLANK
            )
            if rest:
                self._at = self._text.index(rest[0], self._at)
                return rest[0]
            self._at = len(self._text)
            if not self._grow():
                return ""

    def take(self, expected: str) -> str:
        """Go past the next character, which must be one of those expected."""
        found = self.peek()
        if not found or found not in expected:
            raise self.fault(
                f"found {found!r}" if found else "the document ends", f"one of {' '.join(expected)}"
            )
        self._at += 1
        return found

    def value(self) -> tuple[Any, str]:
        """Read a whole value; return it and its text."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise self.fault("JSON nested too deeply", "records of a sane depth") from error
            except json.JSONDecodeError as error:
                ahead = error.pos - self._at
                if self._may_go_on(error) and self._grow():
                    continue
                self._at += ahead
                raise self.fault(error.msg, "JSON") from error
            if end < len(self._text) or not self._grow():
                text = self._text[self._at : end]
                self._at = end
                return value, text

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Tell whether a value may be cut off by the end of the window alone."""
        open_text = error.msg.startswith("Unterminated string")
        return not self._ended and (open_text or error.pos >= len(self._text) - _TOKEN)

    def fault(self, found: str, expected: str) -> UnreadableFile:
        """Make the error of a document that cannot be read at this place."""
        before = self._text[: self._at]
        line = self._lines + before.count("\n")
        column = (self._at - before.rfind("\n")) if "\n" in before else self._column + self._at + 1
        return UnreadableFile(
            "The file is not the JSON document that the contract describes.",
            found=f"{found} at line {line}, column {column}",
            expected=expected,
            where=self._where,
            action="Export it again, or correct format.records in the contract.",
        )

    def _grow(self) -> bool:
        """Read on, and forget what is behind; doubling keeps repeated attempts at a long value few."""
        size = max(_BLOCK, len(self._text) - self._at)
        if size > self._limit:
            raise self.fault(
                f"a value of more than {size:,} characters", "shorter ones (format.max_line_bytes)"
            )
        block = self._stream.read(size)
        self._ended = not block
        behind = self._text[: self._at]
        self._lines += behind.count("\n")
        self._column = len(behind) - behind.rfind("\n") - 1 if "\n" in behind else self._column + len(behind)
        self._text, self._at = self._text[self._at :] + block, 0
        return bool(block)


def _enter(reader: _Reader, step: str | int, records: str) -> None:
    """Go into a field of an object, or a place in a list."""
    if isinstance(step, int):
        reader.take("[")
        for _ in range(step):
            reader.value()
            reader.take(",")
        return
    reader.take("{")
    while reader.peek() != "}":
        name, _ = reader.value()
        reader.take(":")
        if name == step:
            return
        reader.value()
        if reader.peek() != "}":
            reader.take(",")
    raise reader.fault(f"an object without the field {step!r}", f"a list at {records}")


def _leave(reader: _Reader, step: str | int) -> None:
    """Read the rest of an object or list."""
    is_list = isinstance(step, int)
    while reader.take(",]" if is_list else ",}") == ",":
        if not is_list:
            reader.value()
            reader.take(":")
        reader.value()


def _items(reader: _Reader, records: str) -> Iterator[str]:
    """Yield the text of each item of a list."""
    if reader.peek() != "[":
        raise reader.fault(
            f"{reader.peek()!r}" if reader.peek() else "nothing", f"a list at {records or '$'}"
        )
    reader.take("[")
    if reader.peek() == "]":
        reader.take("]")
        return
    while True:
        yield reader.value()[1]
        if reader.take(",]") == "]":
            break
