"""Whether UBJSON is whole: XGBoost believes the lengths that a damaged file names, and asks for memory."""

from __future__ import annotations

import struct

from penstock.training.imported.refusal import ModelRefused

_SIZES = {"i": 1, "U": 1, "I": 2, "l": 4, "L": 8, "d": 4, "D": 8, "C": 1, "Z": 0, "T": 0, "F": 0, "N": 0}
_INTEGERS = {"i": ">b", "U": ">B", "I": ">h", "l": ">i", "L": ">q"}
_DEEPEST = 64


def check(data: bytes) -> None:
    r"""Refuse a document whose parts do not fill it exactly.

    Raises
    ------
    ModelRefused
        It ends early, goes on behind its end, or names a length or a type that cannot be.

    Examples
    --------
    >>> check(b"{i\x01a[$d#i\x01" + bytes(4) + b"}")
    >>> check(b"{i\x01a[$d#i\x09" + bytes(4) + b"}")
    Traceback (most recent call last):
    penstock.training.imported.refusal.ModelRefused: The UBJSON is damaged.
      found: 36 bytes at byte 10, of 15
    """
    reader = _Reader(data)
    reader.value(reader.marker(), 0)
    if reader.place != len(data):
        raise _damaged(f"{len(data) - reader.place} bytes behind the end")


class _Reader:
    """Walks over a document without keeping anything."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def skip(self, length: int) -> bytes:
        """Go on by some bytes and return them."""
        if not 0 <= length <= len(self.data) - self.place:
            raise _damaged(f"{length} bytes at byte {self.place}, of {len(self.data)}")
        self.place += length
        return self.data[self.place - length : self.place]

    def marker(self) -> str:
        """Return the next type."""
        return self.skip(1).decode("latin-1")

    def integer(self) -> int:
        """Return a length with its type."""
        kind = self.marker()
        if kind not in _INTEGERS:
            raise _damaged(f"a length of type {kind!r} at byte {self.place}")
        return int(struct.unpack(_INTEGERS[kind], self.skip(_SIZES[kind]))[0])

    def value(self, kind: str, depth: int) -> None:
        """Walk over a value of a type."""
        if kind in _SIZES:
            self.skip(_SIZES[kind])
        elif kind in ("S", "H"):
            self.skip(self.integer())
        elif kind in ("{", "[") and depth < _DEEPEST:
            self.container(kind, depth + 1)
        else:
            raise _damaged(f"a value of type {kind!r} at byte {self.place}")

    def container(self, kind: str, depth: int) -> None:
        """Walk over an object or an array, of a known type and length or up to its end."""
        end = "}" if kind == "{" else "]"
        of = self._after("$")
        count = self.integer() if self._next("#") else None
        if of in _SIZES and kind == "[" and count is not None:
            self.skip(count * _SIZES[of])
            return
        while count is None or count > 0:
            if count is None and self._next(end):
                return
            if kind == "{":
                self.skip(self.integer())
            self.value(of or self.marker(), depth)
            count = None if count is None else count - 1

    def _next(self, mark: str) -> bool:
        """Say whether a mark is next, and go over it."""
        found = self.data[self.place : self.place + 1] == mark.encode()
        self.place += found
        return found

    def _after(self, mark: str) -> str:
        """Return the type behind a mark, if that is next."""
        return self.marker() if self._next(mark) else ""


def _damaged(found: str) -> ModelRefused:
    return ModelRefused("The UBJSON is damaged.", found=found)
