"""The dialect of a delimited text: delimiter, quotes, lines before the header, and whether there is one."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_DELIMITERS = ("\t", ";", "|", ",", "^", "~", ":")
"""In the order in which they are preferred when all fit alike."""
_RECORDS = 300
_PREAMBLE = 50
_TYPED = re.compile(
    r"[+-]?[\d.,' ]*\d([eE][+-]?\d+)?%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ][\d:.]+.*)?|true|false|"
    r"\d{2}:\d{2}(:\d{2})?",
    re.IGNORECASE,
)
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Dialect:
    """How a delimited text is written, and its first records."""

    delimiter: str
    quote: str
    escape: str
    skip_lines: int
    names: tuple[str, ...] | None
    """The names in the header; None when there is none."""
    width: int


def dialect_of(text: str) -> Dialect:
    r"""Find the dialect in the beginning of a text, whole lines of it.

    Examples
    --------
    >>> found = dialect_of("exported today\nid;price\n1;2,5\n2;3,5\n")
    >>> found.delimiter, found.skip_lines, found.names
    (';', 1, ('id', 'price'))
    """
    delimiter, quote, escape = max(
        ((delimiter, *quoting) for delimiter in _DELIMITERS for quoting in _quotings(text, delimiter)),
        key=lambda marks: _fit(_records(text, *marks)),
    )
    records = _records(text, delimiter, quote, escape)
    width = _width(records)
    if width == 1:
        delimiter = ","
        records = _records(text, delimiter, quote, escape)
        width = _width(records)
    skipped = _preamble(records, width)
    body = [record for record in records[skipped:] if record]
    names = tuple(body[0]) if body and _is_header(body) else None
    return Dialect(delimiter, quote or '"', escape, _lines(text, skipped), names, width)


def _quotings(text: str, delimiter: str) -> list[tuple[str, str]]:
    """Return the pairs of quote and escape that the text may use."""
    sides = rf"(^|\n|{re.escape(delimiter)})%s|%s({re.escape(delimiter)}|\r?\n|$)"
    found = []
    for quote in ('"', "'"):
        if re.search(sides % (quote, quote), text):
            found.append((quote, ""))
            found += [(quote, "\\")] if f"\\{quote}" in text else []
    return found or [('"', "")]


def _records(text: str, delimiter: str, quote: str, escape: str) -> list[list[str]]:
    """Cut the first records; nothing when it cannot be done."""
    reader = csv.reader(
        text.splitlines(keepends=True),
        delimiter=delimiter,
        quotechar=quote,
        escapechar=escape or None,
        doublequote=not escape,
    )
    records: list[list[str]] = []
    try:
        for record in reader:
            records.append(record)
            if len(records) == _RECORDS:
                break
    except csv.Error:
        return []
    return records


def _fit(records: list[list[str]]) -> tuple[float, int]:
    """Return how well records fit a delimiter: how many have the same width, and that width."""
    width = _width(records)
    if width < 2:  # noqa: PLR2004
        return 0.0, 0
    same = [len(record) == width for record in records if record]
    header = same[0] or any(same[:_PREAMBLE])
    return (round(sum(same[-200:]) / len(same[-200:]), 2) if header else 0.0), width


def _width(records: list[list[str]]) -> int:
    """Return the usual number of fields."""
    widths = Counter(len(record) for record in records if record)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 1


def _preamble(records: list[list[str]], width: int) -> int:
    """Return how many records stand before the first of the usual width."""
    first = next((place for place, record in enumerate(records) if len(record) == width), 0)
    return first if first <= _PREAMBLE else 0


def _lines(text: str, skipped: int) -> int:
    """Return the lines that so many records before the header take; they are not quoted."""
    return skipped if skipped < len(text.splitlines()) else 0


def _is_header(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first record names the columns."""
    first, rest = [name.strip() for name in records[0]], records[1:]
    filled = [name for name in first if name]
    if 2 * len(filled) < len(first) or any(_TYPED.fullmatch(name) for name in filled):
        return False
    if max(map(len, filled)) > _LONGEST_NAME or not rest:
        return bool(filled) and max(map(len, filled)) <= _LONGEST_NAME
    columns = [
        [record[place].strip() for record in rest if place < len(record)] for place in range(len(first))
    ]
    typed = any(
        values and all(_TYPED.fullmatch(value) for value in values if value) and any(values)
        for values in columns
    )
    repeated = sum(name in values for name, values in zip(first, columns, strict=True) if name)
    return typed or (repeated == 0 and all(_is_name(name) for name in filled))


def _is_name(text: str) -> bool:
    """Tell whether a text may be a column's name: short, beginning with a letter, no address or sentence."""
    return bool(re.fullmatch(r"[^\W\d][\w .\-/()#%€$°\[\]:+&]{0,60}\??", text)) and len(text.split()) <= 6  # noqa: PLR2004
