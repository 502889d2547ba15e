"""Which columns may identify a row, and which tell when something happened."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, c1)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from penstock.onboarding.inference.types import Typed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NAMED = re.compile(
    r"(?i:(^|_)(id|key|uuid|guid|no|nr|num|number|code|ref|reference|nummer|numero|schluessel|pk)$)"
    r"|(?<=[a-z])(Id|ID|No|Nr|Key)$"
)
_HAPPENED = re.compile(
    r"(?i)(^|_)(event|occurred|happened|created|issued|ordered|placed|booked|booking|transaction|order|invoice|trade|"
    r"measured|recorded|reading|start|started|opened|submitted|received|logged|timestamp|ts|time|date|datum|zeit|fecha)"
)
_OTHER_TIME = re.compile(
    r"(?i)(birth|dob|geburt|naiss|nacim|nasc|due|expir|valid|until|updated|modified|changed|deleted|end|closed|"
    r"finish|loaded|faellig|ablauf)"
)
_ENOUGH = 0.9
_TRIED, _PAIRED = 8, 6
_DAYS_OF_MONTHS, _DAYS_OF_YEARS = 60, 3_650


@dataclass(frozen=True)
class Partitioning:
    """A column of times by which curated files may be cut."""

    column: int
    unit: Literal["day", "month", "year"]


def key_candidates(
    connection: DuckDBPyConnection, table: str, names: Sequence[str], types: Sequence[Typed]
) -> list[tuple[int, ...]]:
    """Return places of columns whose values are all there and all different, the likeliest first.

    Pairs are looked at when no single column will do. A file of one row has no candidate.
    """
    full = [
        place for place, one in enumerate(types) if one.nulls == 0 and one.kind not in {"decimal", "boolean"}
    ]
    many = [(place,) for place in full if types[place].kind in {"string", "integer"}
            and types[place].distinct >= _ENOUGH * types[place].rows > 1]  # fmt: skip
    many.sort(key=lambda key: (not is_named_key(names[key[0]]), key))
    singles = _different(connection, table, many[:_TRIED])
    if singles or not full or types[full[0]].rows < 2:  # noqa: PLR2004
        return singles
    likely = [
        place for place in full if is_named_key(names[place]) or types[place].kind in {"date", "timestamp"}
    ]
    pairs = [
        (one, other)
        for one, other in combinations(likely[:_PAIRED], 2)
        if types[one].distinct * types[other].distinct >= types[one].rows
    ]
    return _different(connection, table, pairs)


def is_named_key(name: str) -> bool:
    """Tell whether a name says that it identifies something.

    Examples
    --------
    >>> is_named_key("order_id"), is_named_key("paid")
    (True, False)
    """
    return _NAMED.search(name) is not None


def event_time(names: Sequence[str], types: Sequence[Typed]) -> int | None:
    """Return the place of the column that most likely tells when something happened, or None."""
    times = [place for place, one in enumerate(types) if one.kind in {"timestamp", "date"}]
    fitting = [place for place in times if not _OTHER_TIME.search(names[place])]
    ranked = sorted(fitting, key=lambda place: (not _HAPPENED.search(names[place]), types[place].nulls > 0,
                    types[place].kind != "timestamp", place))  # fmt: skip
    return ranked[0] if ranked else None


def partitioning(connection: DuckDBPyConnection, rows: str, place: int) -> Partitioning | None:
    """Return how files may be cut by a column of times; None when they span too little.

    Parameters
    ----------
    rows
        A query with the values of the columns: ``t0, t1, …``.
    """
    query = f"SELECT min(t{place})::TIMESTAMP, max(t{place})::TIMESTAMP FROM ({rows})"
    low, high = connection.execute(query).fetchall()[0]
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return None
    days = (high - low).days
    if days <= _DAYS_OF_MONTHS:
        return Partitioning(place, "day") if days > 1 else None
    return Partitioning(place, "month" if days <= _DAYS_OF_YEARS else "year")


def _different(
    connection: DuckDBPyConnection, table: str, keys: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """Return the keys whose values differ in every row."""
    if not keys:
        return []
    asked = [f"count(*) = count(DISTINCT {_values(key)})" for key in keys]
    answers = connection.execute(f"SELECT {', '.join(asked)} FROM {table}").fetchall()[0]
    return [key for key, answer in zip(keys, answers, strict=True) if answer]


def _values(key: tuple[int, ...]) -> str:
    """Return SQL of the values of a key."""
    return f"c{key[0]}" if len(key) == 1 else f"({', '.join(f'c{place}' for place in key)})"
