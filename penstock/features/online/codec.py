"""The packed value of an entity: the newest row of each of its views, in one string of bytes.

All numbers are little-endian::

    2 bytes  "P", 1         what it is, and the version of the format
    1 byte   n              how many views
    1 byte   0
    4 bytes  crc32          of everything behind it, begun with the four bytes before it as a number
    n times  head (48)      view, layout, size of the fixed part, event time, write time, days to live,
                            size of the texts
             fixed part     one bit a feature for nulls, then a field a feature (``Layout.fixed``)
    n times  texts          UTF-8, one after the other

Views lie in the order of their identities. A view whose newest row was deleted has a head and nothing else.
Nothing in it is executed to read it, and a reader takes only bytes whose layout is the one that it knows.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

from penstock.features.online.errors import CorruptFeatures

FORMAT = 1
START = struct.Struct("<II")
HEAD = struct.Struct("<QQQqqII")
_MOMENTS = struct.Struct("<qq")
_MAGIC = ord("P") | FORMAT << 8
MOST_VIEWS = 255


class Section(NamedTuple):
    """One view of an entity: its head, the fixed part and the texts, as bytes."""

    head: bytes
    fixed: bytes
    texts: bytes

    @property
    def identity(self) -> bytes:
        """Which layout the bytes have: ``Layout.mark``."""
        return self.head[:16]

    @property
    def moments(self) -> tuple[int, int]:
        """Event time and write time, in microseconds since 1970."""
        event, write = _MOMENTS.unpack_from(self.head, 24)
        return event, write

    @property
    def time_to_live_days(self) -> int:
        """After how many days the features no longer count; 0 for never."""
        return int(HEAD.unpack(self.head)[5])

    @property
    def deleted(self) -> bool:
        """Whether the newest row is one that says that there is none."""
        return not self.fixed


def encode(sections: Iterable[Section]) -> bytes:
    """Return the packed value of an entity's views.

    See Also
    --------
    decode : reads it again.
    """
    ordered = sorted(sections, key=lambda section: section.identity)
    parts = [part for head, fixed, _ in ordered for part in (head, fixed)]
    body = b"".join([*parts, *[texts for _, _, texts in ordered]])
    return _start(len(ordered), body) + body


def encode_one(section: Section) -> bytes:
    """Return the packed value of an entity that has one view alone: the same bytes, sooner."""
    body = b"".join(section)
    return _start(1, body) + body


def _start(count: int, body: bytes) -> bytes:
    """Return the first bytes of a value."""
    begun = _MAGIC | count << 16
    return START.pack(begun, crc32(body, begun))


def decode(value: bytes, *, where: str = "") -> list[Section]:
    """Return the views of a packed value.

    Parameters
    ----------
    where
        Whose value it is, for the error.

    Raises
    ------
    CorruptFeatures
        The bytes are not what was written, or are of a format that this version does not know.

    Examples
    --------
    >>> decode(b"anything else")
    Traceback (most recent call last):
    ...
    penstock.features.online.errors.CorruptFeatures: The packed features cannot be read.
      found: 13 bytes that begin with 616e797468696e67
      expected: packed features of format 1
      what to do: Delete the entity from the online store and materialise its views again.
    """
    check(value, where=where)
    places, at = [], START.size
    for _ in range(value[2]):
        if at + HEAD.size > len(value):
            raise corrupt(value, where)
        _, _, fixed, *_, texts = HEAD.unpack_from(value, at)
        places.append((at, fixed, texts))
        at += HEAD.size + fixed
    sections = []
    for start, fixed, texts in places:
        middle = start + HEAD.size
        sections.append(Section(value[start:middle], value[middle : middle + fixed], value[at : at + texts]))
        at += texts
    if at != len(value):
        raise corrupt(value, where)
    return sections


def check(value: bytes, *, where: str = "") -> None:
    """Make sure that bytes are packed features, unchanged since they were written."""
    if len(value) < START.size:
        raise corrupt(value, where)
    begun, checksum = START.unpack_from(value)
    if not readable(begun) or crc32(value[START.size :], begun) != checksum:
        raise corrupt(value, where)


def readable(begun: int) -> bool:
    """Tell by the first four bytes of a value, as a number, whether this version reads it."""
    return begun & 0xFF_00_FF_FF == _MAGIC


def corrupt(value: bytes, where: str) -> CorruptFeatures:
    """Make the error of bytes that cannot be read."""
    return CorruptFeatures(
        "The packed features cannot be read.",
        found=f"{len(value):,} bytes that begin with {value[:8].hex()}",
        expected=f"packed features of format {FORMAT}",
        where=where,
        action="Delete the entity from the online store and materialise its views again.",
    )
