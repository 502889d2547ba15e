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

    def __init__(self, delimiter: bytes, fields: int) -> None:
        self._delimiter = delimiter
        between = re.escape(delimiter)
        other = b"[^%b\r\n]" % between if len(delimiter) == 1 else b"(?:(?!%b)[^\r\n])" % between
        inside = rb'[^"]*+(?:""[^"]*+)*+'
        self._quoted = re.compile(rb'(?:^|(?<=%b))"%b"' % (between, inside))
        field = rb'(?:"%b"(?=%b|\Z)|(?!")%b*+)' % (inside, between, other)
        self._exact = re.compile(rb"(?:%b%b){%d}+%b" % (field, between, fields - 1, field))
        self._whole = re.compile(rb"(?:%b%b)*+%b" % (field, between, field))
        self._open = re.compile(rb'((?:%b%b)*+)"%b' % (field, between, inside))
        self._close = re.compile(inside + b'"')

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

    def _fields(self, line: bytes) -> int:
        """Count the fields that begin in a line."""
        return self._quoted.sub(b"", line).count(self._delimiter) + 1
