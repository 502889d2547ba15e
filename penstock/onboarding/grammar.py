"""The grammar of one CSV record (RFC 4180, with quotes allowed inside unquoted fields)."""

from __future__ import annotations

import re
from enum import Enum


class State(Enum):
    """Where a reader is at the end of a line."""

    COMPLETE = "complete"
    OPEN = "open"
    """Inside a quoted field that goes on in the next line."""
    BROKEN = "broken"


class Grammar:
    """Reads records line by line and counts their fields.

    Parameters
    ----------
    delimiter
        What stands between two fields, as bytes.
    fields
        How many fields a record has.
    quote
        The byte around quoted fields; empty when there are none.
    escape
        The byte that may stand before a quote in a quoted field, where doubled quotes are understood too.

    Examples
    --------
    >>> grammar = Grammar(b",", 3)
    >>> grammar.begin(b'1,"a, b",x')
    (<State.COMPLETE: 'complete'>, 3)
    >>> grammar.begin(b'1,"a')
    (<State.OPEN: 'open'>, 2)
    >>> grammar.resume(b'b",x', 2)
    (<State.COMPLETE: 'complete'>, 3)
    >>> grammar.begin(b'1,"a"b,x')[0]
    <State.BROKEN: 'broken'>
    """

    def __init__(self, delimiter: bytes, fields: int, quote: bytes = b'"', escape: bytes = b"") -> None:
        self._delimiter = delimiter
        between, mark = re.escape(delimiter), re.escape(quote or b"\n")
        other = b"[^%b\r\n]" % between if len(delimiter) == 1 else b"(?:(?!%b)[^\r\n])" % between
        inside = _inside(mark, re.escape(escape))
        self._quoted = re.compile(b"(?:^|(?<=%b))%b%b%b" % (between, mark, inside, mark))
        field = rb"(?:%b%b%b(?=%b|\Z)|(?!%b)%b*+)" % (mark, inside, mark, between, mark, other)
        self._exact = re.compile(b"(?:%b%b){%d}+%b" % (field, between, fields - 1, field))
        self._whole = re.compile(b"(?:%b%b)*+%b" % (field, between, field))
        self._open = re.compile(b"((?:%b%b)*+)%b%b%b" % (field, between, mark, inside, _half(escape)))
        self._close = re.compile(inside + mark)
        self._escaped = re.compile(b"%b([%b])" % (re.escape(escape), mark + re.escape(escape)))
        self._doubled = {quote: quote + quote, escape: escape}

    def is_record(self, line: bytes) -> bool:
        """Tell whether a line is one record with the right number of fields: fast, for the usual case."""
        return self._exact.fullmatch(line) is not None

    def begin(self, line: bytes) -> tuple[State, int]:
        """Read a line from the start of a field; return the state after it and the fields begun so far."""
        if self._whole.fullmatch(line):
            return State.COMPLETE, self._fields(line)
        if opened := self._open.fullmatch(line):
            return State.OPEN, self._fields(opened[1])
        return State.BROKEN, self._fields(line)

    def resume(self, line: bytes, fields: int) -> tuple[State, int]:
        """Read the next line of a record that is open in its field number ``fields``."""
        closed = self._close.match(line)
        if closed is None:
            return State.OPEN, fields
        rest = line[closed.end() :]
        if not rest:
            return State.COMPLETE, fields
        if not rest.startswith(self._delimiter):
            return State.BROKEN, fields
        state, more = self.begin(rest[len(self._delimiter) :])
        return state, fields + more

    def standard(self, record: bytes) -> bytes:
        """Write a record with doubled quotes in place of escaped ones; what else is escaped stays."""
        return self._quoted.sub(
            lambda field: self._escaped.sub(lambda pair: self._doubled[pair[1]], field[0]), record
        )

    def _fields(self, line: bytes) -> int:
        """Count the fields that begin in a line."""
        return self._quoted.sub(b"", line).count(self._delimiter) + 1


def _inside(mark: bytes, escape: bytes) -> bytes:
    """Return the pattern of what stands between two quotes."""
    pairs = mark + mark + (b"|%b[^\\n]" % escape if escape else b"")
    return b"[^%b%b]*+(?:(?:%b)[^%b%b]*+)*+" % (mark, escape, pairs, mark, escape)


def _half(escape: bytes) -> bytes:
    """Return the pattern of an escape at the end of a line, before the line's end itself."""
    return re.escape(escape) + b"?" if escape else b""
