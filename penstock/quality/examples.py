"""The second look at typed data: the first rows that break a condition, only when something is broken."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (t0)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.quality.asking import TOGETHER, Engine
from penstock.quality.conditions import ASKED, Condition
from penstock.quality.outcome import Outcome

HEAD = "asked_head"
"""The relation of the first of the rows."""
_HEAD_ROWS = 122_880
"""Rows of the head: one row group of DuckDB's."""
EXAMPLES = 20
"""Broken rows that a validation shows: as many as great-expectations' partial lists."""


@dataclass(frozen=True)
class Shown:
    """The first rows that break a condition.

    Parameters
    ----------
    examples
        Row number (None for a file's condition) and reason.
    values
        The values of each row by column, as text, masked where they are personal.
    """

    examples: tuple[tuple[int | None, str], ...]
    values: tuple[Mapping[str, str | None], ...]


def show(connection: Engine, broken: Mapping[int, Outcome], apart: Mapping[int, str]) -> dict[int, Shown]:
    """Return the first rows that break each of some conditions.

    Parameters
    ----------
    connection
        The engine with the rows that were asked.
    broken
        Outcomes by place, still without examples.
    apart
        By place, the table of the rows that break a condition that a row alone cannot tell.
    """
    places = list(broken)
    found: dict[int, Shown] = {}
    for first in range(0, len(places), TOGETHER // 2):
        part = {place: broken[place] for place in places[first : first + TOGETHER // 2]}
        rows = {place: _apart_rows(connection, apart[place]) for place in part if place in apart}
        rows |= _first_rows(connection, {p: one for p, one in part.items() if p not in apart})
        found |= _look_up(connection, {place: one.condition for place, one in part.items()}, rows)
    return found


def _apart_rows(connection: Engine, table: str) -> list[int]:
    """Return the first rows of a table."""
    found = connection.execute(f"SELECT row FROM {table} ORDER BY row LIMIT {EXAMPLES}").fetchall()
    return [row for [row] in found]


def _first_rows(connection: Engine, broken: Mapping[int, Outcome]) -> dict[int, list[int]]:
    """Return the numbers of the first broken rows: of the head if these are enough, else of all."""
    rows = _rows_of(connection, broken, f"{HEAD} WHERE row < {_HEAD_ROWS}")
    few = {place: one for place, one in broken.items() if len(rows[place]) < min(EXAMPLES, one.broken)}
    return rows | _rows_of(connection, few, ASKED)


def _rows_of(connection: Engine, broken: Mapping[int, Outcome], table: str) -> dict[int, list[int]]:
    """Return the numbers of the first broken rows of a table."""
    if not broken:
        return {}
    wanted = (
        f"min(row, {EXAMPLES}) FILTER (WHERE NOT coalesce({one.condition.passes}, TRUE))"
        for one in broken.values()
    )
    [lists] = connection.execute(f"SELECT {', '.join(wanted)} FROM {table}").fetchall()
    return {place: list(found or ()) for place, found in zip(broken, lists, strict=True)}


def _look_up(
    connection: Engine, broken: Mapping[int, Condition], rows: Mapping[int, Sequence[int]]
) -> dict[int, Shown]:
    """Fetch those rows' values, and what is to be said of them."""
    wanted = sorted({row for numbers in rows.values() for row in numbers})
    if not wanted:
        return {}
    columns = [("row", "row")]
    for place, condition in broken.items():
        columns.append((f"r{place}", condition.reason))
        columns += [(f"v{place}_{number}", text) for number, text in enumerate(condition.examples.values())]
    chosen = ", ".join(f"{expression} AS {name}" for name, expression in columns)
    cursor = connection.execute(f"SELECT {chosen} FROM {ASKED} WHERE row IN ({', '.join(map(str, wanted))})")
    names = [name for name, _ in columns]
    by_row = {line[0]: dict(zip(names, line, strict=True)) for line in cursor.fetchall()}
    return {
        place: _shown(place, broken[place], [by_row[row] for row in numbers])
        for place, numbers in rows.items()
    }


def _shown(place: int, condition: Condition, lines: Sequence[Mapping[str, Any]]) -> Shown:
    """Pick a condition's part of the rows."""
    return Shown(
        examples=tuple((line["row"], line[f"r{place}"]) for line in lines),
        values=tuple(
            {name: line[f"v{place}_{number}"] for number, name in enumerate(condition.examples)}
            for line in lines
        ),
    )
