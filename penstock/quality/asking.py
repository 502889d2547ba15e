"""Aggregates over the rows that conditions are put to: each is computed once, many in one scan."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from penstock.errors import InvalidSpec
from penstock.quality.conditions import ASKED, Condition


class Engine(Protocol):
    """What runs SQL: a connection of DuckDB's, or one that shows it only the columns that a query names."""

    def execute(self, query: str, /) -> Any:
        """Run a query; the answer has ``fetchall``."""
        ...


TOGETHER = 200
"""Aggregates of one scan: planning grows faster than their number."""
_DISTINCT = re.compile(r"\(DISTINCT\b")
_COLUMN = re.compile(r"\b[a-z]\d+\b")
_NOTHING = re.compile(r"\(*([a-z]\d+) IS NULL\)*")
_GIVEN = re.compile(r"\(NOT \(([a-z]\d+) IS NULL\)\)")
_FITS = re.compile(r"\(NOT \((t\d+) IS NULL\) OR \((x\d+) IS NULL\)\)")


def show_rows(connection: Engine, source: str) -> None:
    """Let conditions refer to a query's rows."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {ASKED} AS {source}")


def answers(connection: Engine, aggregates: Iterable[str]) -> dict[str, Any]:
    """Compute aggregates over the rows, each once.

    Examples
    --------
    >>> import duckdb
    >>> connection = duckdb.connect()
    >>> show_rows(connection, "SELECT unnest([1, 2]) AS t0")
    >>> answers(connection, ["count(*)", "sum(t0)", "count(*)"])
    {'count(*)': 2, 'sum(t0)': 3}
    """
    wanted = list(dict.fromkeys(aggregates))
    found: dict[str, Any] = {}
    for part in _scans(wanted):
        # The count makes one row of it, even when all others are subqueries.
        [row] = connection.execute(f"SELECT {', '.join(['count(*)', *part])} FROM {ASKED}").fetchall()
        found |= dict(zip(part, row[1:], strict=True))
    return found


def _scans(wanted: Sequence[str]) -> Iterator[list[str]]:
    """Yield the aggregates of each scan.

    Beside a count of distinct values DuckDB keeps all that the others read: in memory, 300 bytes a row.
    """
    plain = [one for one in wanted if not _DISTINCT.search(one)]
    for first in range(0, len(plain), TOGETHER):
        yield plain[first : first + TOGETHER]
    apart: dict[frozenset[str], list[str]] = {}
    for one in wanted:
        if _DISTINCT.search(one):
            apart.setdefault(frozenset(_COLUMN.findall(one)), []).append(one)
    yield from apart.values()


def asked_of_file(condition: Condition) -> list[str]:
    """Return the aggregates that a file's condition needs before its reason."""
    return [f"coalesce({condition.passes}, TRUE)", condition.observed or "NULL"]


def reasons(connection: Engine, failed: Sequence[Condition]) -> list[str]:
    """Return the reasons of files' conditions that are broken."""
    found = answers(connection, (condition.reason for condition in failed))
    return [str(found[condition.reason]) for condition in failed]


def broken_count(condition: Condition) -> str:
    """Return the aggregate of how many rows break a condition; counting values beats testing for null."""
    if given := _GIVEN.fullmatch(condition.passes):
        return f"(count(*) - count({given[1]}))"
    if fits := _FITS.fullmatch(condition.passes):
        return f"(count({fits[2]}) - count({fits[1]}))"
    return f"coalesce(count_if(NOT ({condition.passes})), 0)"


def missing_count(condition: Condition) -> str:
    """Return the aggregate of how many rows a condition does not ask."""
    if nothing := _NOTHING.fullmatch(condition.missing):
        return f"(count(*) - count({nothing[1]}))"
    return f"coalesce(count_if({condition.missing}), 0)"


def set_apart(connection: Engine, place: int, condition: Condition) -> str:
    """Make a table of the rows that break a condition that a row alone cannot tell; return its name.

    It has ``row`` and ``occurrence``, which counts the rows of a repeated value (2 is the first repetition).
    """
    table, query = f"apart_{place}", f"SELECT row, 2 AS occurrence FROM ({condition.offenders})"
    if condition.repeats:
        query = _repetitions(connection, place, condition.repeats)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")
    return table


def _repetitions(connection: Engine, place: int, repeats: Sequence[str]) -> str:
    """Return a query of repetitions: grouping hashes keeps the memory small, comparing values decides."""
    values, hashed = ", ".join(repeats), f"hash({', '.join(repeats)})"
    known = " AND ".join(f"{value} IS NOT NULL" for value in repeats)
    suspects = f"suspects_{place}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {suspects} AS SELECT {hashed} AS h FROM {ASKED} "
        f"WHERE {known} GROUP BY h HAVING count(*) > 1"
    )
    [[number]] = connection.execute(f"SELECT count(*) FROM {suspects}").fetchall()
    if number == 0:
        return "SELECT 0::BIGINT AS row, 2 AS occurrence LIMIT 0"
    return (
        f"SELECT row, occurrence FROM (SELECT row, row_number() OVER (PARTITION BY {values} ORDER BY row) "
        f"AS occurrence FROM {ASKED} WHERE {known} AND {hashed} IN (SELECT h FROM {suspects})) "
        f"WHERE occurrence > 1"
    )


def blame(connection: Engine, conditions: Sequence[Condition], error: Exception) -> Exception:
    """Find the condition that cannot be computed; the error itself if it is none of them."""
    import duckdb

    for condition in conditions:
        test = condition.passes if condition.scope == "file" else broken_count(condition)
        try:
            connection.execute(f"SELECT {test}, {missing_count(condition)} FROM {ASKED}").fetchall()
        except duckdb.Error as cause:
            return InvalidSpec(
                f"The rule {condition.check} on {', '.join(condition.columns) or 'the file'} "
                "cannot be checked.",
                found=str(cause).splitlines()[0],
                action="Correct the rule in the dataset's contract.",
            )
    return error
