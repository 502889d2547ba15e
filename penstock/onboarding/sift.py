"""Sifting a CSV file: whole records pass, broken lines are set aside with their number and the reason.

One sequential pass in constant memory, before the engine reads the file, so that nothing the engine cannot
parse reaches it. A file without broken lines is not copied. CR LF becomes LF, inside quotes too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from penstock.onboarding.formats.encoding import fault_of, shown
from penstock.onboarding.grammar import Grammar, State
from penstock.onboarding.header import Header
from penstock.specs import ContractFormat

BLOCK = 4 << 20
KEPT = 10_000
"""Bytes of a broken line that are kept; the whole line stays in the file that arrived."""


@dataclass(frozen=True)
class Sifted:
    """What is left of a CSV file for the engine to read.

    Parameters
    ----------
    data
        The file itself, or a copy of its whole records.
    has_header
        Whether the first line of ``data`` is the header.
    rows, rejected, blank
        Whole records, broken lines, and lines with nothing on them.
    longest
        Bytes of the longest line, a measure for the engine's buffers.
    rejects
        JSON lines ``line``, ``raw``, ``reason`` of the broken lines.
    marks
        CSV of ``row,line``: from that record on, line numbers go up by one a record until the next mark.
    """

    data: Path
    has_header: bool
    rows: int
    rejected: int
    blank: int
    longest: int
    rejects: Path
    marks: Path
    lines: int = 0
    """All lines of the file, its header and blank ones too."""


def sift(file: Path, header: Header, style: ContractFormat, folder: Path) -> Sifted:
    """Sift a file, leaving the outcome in a folder."""
    rejects, marks = folder / "rejects.jsonl", folder / "marks.csv"
    with (
        file.open("rb") as stream,
        rejects.open("w", encoding="utf-8") as rejects_out,
        marks.open("w", encoding="utf-8") as marks_out,
        (folder / "records.csv").open("wb") as copy,
    ):
        sifter = _Sifter(file, header, style, copy=copy, rejects=rejects_out, marks=marks_out)
        stream.seek(header.end)
        for block, too_long in _blocks(stream, style.max_line_bytes):
            sifter.take(block, too_long=too_long)
        sifter.take(b"", last=True)
    return Sifted(
        data=folder / "records.csv" if sifter.copying else file,
        has_header=header.is_there and not sifter.copying,
        rows=sifter.row,
        rejected=sifter.rejected,
        blank=sifter.blank,
        longest=sifter.longest,
        rejects=rejects,
        marks=marks,
        lines=sifter.lines,
    )


def _blocks(stream: BinaryIO, limit: int) -> Iterator[tuple[bytes, bool]]:
    """Yield blocks of whole lines; a line over the limit comes alone, cut, and marked True."""
    rest = b""
    while chunk := stream.read(BLOCK):
        end = chunk.rfind(b"\n") + 1
        if end:
            yield rest + chunk[:end], False
            rest = chunk[end:]
        else:
            rest += chunk
        if len(rest) > limit:
            yield rest[:KEPT], True
            rest = b""
            _skip_line(stream)
    if rest:
        yield rest + b"\n", False


def _skip_line(stream: BinaryIO) -> None:
    """Read on to the end of a line."""
    while chunk := stream.read(BLOCK):
        _, newline, rest = chunk.partition(b"\n")
        if newline:
            stream.seek(-len(rest), 1)
            return


class _Sifter:
    """Takes blocks of lines in order and keeps count of rows and lines."""

    def __init__(
        self,
        file: Path,
        header: Header,
        style: ContractFormat,
        *,
        copy: BinaryIO,
        rejects: TextIO,
        marks: TextIO,
    ) -> None:
        self._file, self._start, self._limit = file, header.end, style.max_line_bytes
        self._quote, self._escape, self._encoding = (
            style.quote.encode(),
            style.escape.encode(),
            style.encoding,
        )
        self._copy, self._rejects, self._marks = copy, rejects, marks
        self._delimiter, self._fields = style.delimiter.encode(), len(header.names)
        self._grammar = Grammar(self._delimiter, self._fields, self._quote, self._escape)
        self._line, self._shift, self._passed, self._pending = header.lines + 1, 0, 0, b""
        self.row = self.rejected = self.blank = self.longest = 0
        self.copying = not header.is_first

    @property
    def lines(self) -> int:
        """Lines read so far, with those before the first record."""
        return self._line - 1

    def take(self, block: bytes, *, too_long: bool = False, last: bool = False) -> None:
        """Sort the lines of a block; an open record at its end waits for the next one."""
        if too_long:
            self.take(b"", last=True)
            self._start_copy()
            self._reject(block, f"the line is longer than {self._limit:,} bytes")
            return
        if b"\r" in block:
            self._start_copy()
            block = block.replace(b"\r\n", b"\n")
        body, self._pending = self._pending + block, b""
        if body:
            self._sort(body, last=last)

    def _sort(self, body: bytes, *, last: bool) -> None:
        """Separate whole records from broken lines."""
        lines = body.removesuffix(b"\n").split(b"\n")
        suspects = self._suspects(body, lines)
        good = self._inspect(lines, suspects, last=last) if suspects else self._accept(lines)
        if self.copying:
            self._copy.writelines((b"\n".join(good), b"\n") if good else ())
        else:
            self._passed += len(body) - len(self._pending)

    def _suspects(self, body: bytes, lines: list[bytes]) -> list[int]:
        """Return the places of lines that need a closer look: quotes, wrong number of fields, odd bytes."""
        commas, mark, longest = self._fields - 1, self._delimiter, max(map(len, lines))
        if longest > self._limit or b"\0" in body or b"\r" in body or not _is_text(body):
            return list(range(len(lines)))
        self.longest = max(self.longest, longest)
        quote = self._quote
        if (quote and quote in body) or not commas:
            quote = quote or mark
            return [at for at, x in enumerate(lines) if x.count(mark) != commas or quote in x or not x]
        return [at for at, x in enumerate(lines) if x.count(mark) != commas]

    def _inspect(self, lines: list[bytes], suspects: list[int], *, last: bool) -> list[bytes]:
        """Look at the suspects one by one; return the lines that pass."""
        good: list[bytes] = []
        done = 0
        for at in suspects:
            if at < done:
                continue
            good += self._accept(lines[done:at])
            done = self._record(lines, at, good, last=last)
            if self._pending:
                return good
        return good + self._accept(lines[done:])

    def _record(self, lines: list[bytes], at: int, good: list[bytes], *, last: bool) -> int:
        """Read the record that starts at a line; return the place of the line after it."""
        if not lines[at]:
            self._start_copy()
            self.blank += 1
            self._line += 1
            return at + 1
        end, fault = self._read(lines, at)
        if end > len(lines) and not last:
            self._pending = b"\n".join(lines[at:]) + b"\n"
        elif fault:
            self._start_copy()
            self._reject(lines[at], fault)
            return at + 1
        else:
            good += self._standard(self._accept(lines[at:end], rows=1))
        return end

    def _standard(self, record: list[bytes]) -> list[bytes]:
        """Return a record as the engine reads it: with doubled quotes in place of escaped ones."""
        if not self._escape or not any(self._escape in line for line in record):
            return record
        self._start_copy()
        return [self._grammar.standard(b"\n".join(record))]

    def _read(self, lines: list[bytes], at: int) -> tuple[int, str]:
        """Follow a record over its lines; return the place after it, and what is wrong with it."""
        fault = self._unfit(lines[at])
        if fault:
            return at + 1, fault
        if self._grammar.is_record(lines[at]):
            return at + 1, ""
        (state, fields), end, size = self._grammar.begin(lines[at]), at + 1, len(lines[at])
        while state is State.OPEN and fields <= self._fields and size <= self._limit:
            if end == len(lines):
                return end + 1, "a quote is opened and never closed"
            if self._unfit(lines[end]):
                break
            size += len(lines[end]) + 1
            state, fields = self._grammar.resume(lines[end], fields)
            end += 1
        self.longest = max(self.longest, size if size <= self._limit else 0)
        return end, self._verdict(state, fields)

    def _verdict(self, state: State, fields: int) -> str:
        """Say what is wrong with a record, or nothing."""
        if fields != self._fields and state is not State.OPEN:
            return f"found {fields} fields, expected {self._fields}"
        if state is State.BROKEN and not self._quote:
            return "it holds a carriage return"
        if state is State.BROKEN:
            return "a quoted field is followed by text, or holds a carriage return"
        return "a quote is opened and never closed" if state is State.OPEN else ""

    def _unfit(self, line: bytes) -> str:
        """Say why a line cannot be read as text, or nothing."""
        if len(line) > self._limit:
            return f"the line is longer than {self._limit:,} bytes"
        if b"\0" in line:
            return f"a NUL character at byte {line.index(0)} of the line"
        return fault_of(line, self._encoding)

    def _accept(self, lines: list[bytes], *, rows: int | None = None) -> list[bytes]:
        """Count lines as rows (one a line, or as told)."""
        if lines:
            if self._line - self.row != self._shift:
                self._shift = self._line - self.row
                self._marks.write(f"{self.row},{self._line}\n")
            self.row += len(lines) if rows is None else rows
            self._line += len(lines)
        return lines

    def _reject(self, line: bytes, fault: str) -> None:
        """Set a line aside."""
        raw = shown(line[:KEPT], self._encoding)
        self._rejects.write(json.dumps({"line": self._line, "raw": raw, "reason": f"the line: {fault}"}))
        self._rejects.write("\n")
        self.rejected += 1
        self._line += 1

    def _start_copy(self) -> None:
        """From here on the engine reads a copy; it begins with the blocks that passed untouched."""
        if self.copying:
            return
        self.copying = True
        with self._file.open("rb") as stream:
            stream.seek(self._start)
            left = self._passed
            while left > 0 and (chunk := stream.read(min(BLOCK, left))):
                self._copy.write(chunk)
                left -= len(chunk)


def _is_text(body: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    if body.isascii():
        return True
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
