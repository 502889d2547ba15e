"""Putting conditions to a table: one scan finds every row that breaks any of them, and why."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from penstock.errors import InvalidSpec
from penstock.quality.conditions import Condition

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXAMPLES = 5
"""Broken rows that an outcome shows."""


@dataclass(frozen=True)
class Outcome:
    """What a condition found.

    Parameters
    ----------
    condition
        What was asked.
    rows, broken
        How many rows were asked, and how many break the condition (0 or 1 file for a file's condition).
    examples
        Row number (None for a file's condition) and reason of the first few.
    """

    condition: Condition
    rows: int
    broken: int
    examples: tuple[tuple[int | None, str], ...] = ()

    @property
    def share(self) -> float:
        """The share of rows that pass, 1.0 when there are none."""
        return 1.0 - self.broken / self.rows if self.rows else 1.0

    @property
    def passed(self) -> bool:
        """Whether enough rows pass; only otherwise the severity has consequences."""
        return self.broken == 0 or (self.condition.scope == "row" and self.share >= self.condition.mostly)


def scan(connection: DuckDBPyConnection, source: str, conditions: Sequence[Condition]) -> list[Outcome]:
    """Put conditions to the rows of a query.

    Leaves a table ``broken`` (``row``, ``places`` of the broken conditions, their ``reasons``) with the rows
    that break any.

    Parameters
    ----------
    connection
        The engine that holds the table.
    source
        A query with a column ``row`` and what the conditions speak of.
    conditions
        As :func:`~penstock.quality.compile_contract` makes them.

    Returns
    -------
    list of Outcome
        One a condition, in their order.

    Raises
    ------
    InvalidSpec
        A condition cannot be computed, such as a pattern that is no RE2 expression.
    """
    import duckdb

    rows = _single(connection, f"SELECT count(*) FROM ({source})")
    asked = [_prepared(connection, source, place, condition) for place, condition in enumerate(conditions)]
    try:
        _find_broken(connection, source, asked)
    except duckdb.Error as error:
        raise _blame(connection, source, asked, error) from error
    counts, examples = _counts(connection), _examples(connection)
    return [
        Outcome(conditions[place], rows, counts[place], tuple(examples[place]))
        if condition.scope == "row"
        else _file_outcome(connection, source, condition)
        for place, condition in enumerate(asked)
    ]


def bad_rows(connection: DuckDBPyConnection, outcomes: Sequence[Outcome]) -> int:
    """Make a table ``bad`` of the rows to quarantine (``row``, ``reasons``) out of ``broken``.

    Returns
    -------
    int
        How many they are.
    """
    acting = [
        place
        for place, outcome in enumerate(outcomes)
        if not outcome.passed and outcome.condition.severity == "quarantine"
    ]
    places = f"[{', '.join(map(str, acting))}]::INTEGER[]"
    connection.execute(
        f"CREATE OR REPLACE TABLE bad AS SELECT row, list_sort(list_distinct([pair[2] FOR pair IN "
        f"list_zip(places, reasons) IF list_contains({places}, pair[1])])) AS reasons "
        f"FROM broken WHERE list_has_any(places, {places}) ORDER BY row"
    )
    return _single(connection, "SELECT count(*) FROM bad")


def _single(connection: DuckDBPyConnection, query: str) -> int:
    """Return a query's only number."""
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def _prepared(connection: DuckDBPyConnection, source: str, place: int, condition: Condition) -> Condition:
    """Find repetitions beforehand: grouping hashes first keeps the memory small, comparing values decides."""
    if not condition.repeats:
        return condition
    values, known = ", ".join(condition.repeats), " AND ".join(f"{x} IS NOT NULL" for x in condition.repeats)
    connection.execute(
        f"CREATE OR REPLACE TABLE repeated_{place} AS "
        f"WITH suspects AS (SELECT hash({values}) AS h FROM ({source}) WHERE {known} "
        f"GROUP BY h HAVING count(*) > 1), "
        f"numbered AS (SELECT row, row_number() OVER (PARTITION BY {values} ORDER BY row) AS occurrence "
        f"FROM ({source}) WHERE {known} AND hash({values}) IN (SELECT h FROM suspects)) "
        f"SELECT row FROM numbered WHERE occurrence > 1"
    )
    return replace(condition, passes=f"(row NOT IN (SELECT row FROM repeated_{place}))")


def _find_broken(connection: DuckDBPyConnection, source: str, conditions: Sequence[Condition]) -> None:
    """Make the table ``broken``; reasons are built for the broken rows alone."""
    asked = [(place, condition) for place, condition in enumerate(conditions) if condition.scope == "row"]
    tests = [f"coalesce({condition.passes}, TRUE) AS p{place}" for place, condition in asked]
    places = [f"CASE WHEN NOT p{place} THEN {place} END" for place, _ in asked]
    reasons = [f"CASE WHEN NOT p{place} THEN {condition.reason} END" for place, condition in asked]
    all_pass = " AND ".join(f"p{place}" for place, _ in asked) or "TRUE"
    connection.execute(
        f"CREATE OR REPLACE TABLE broken AS SELECT row, {_present(places, 'INTEGER')} AS places, "
        f"{_present(reasons, 'VARCHAR')} AS reasons "
        f"FROM (SELECT *{''.join(', ' + test for test in tests)} FROM ({source})) WHERE NOT ({all_pass})"
    )


def _present(expressions: list[str], kind: str) -> str:
    """Return SQL of the list of those expressions that are not null."""
    return f"[x FOR x IN [{', '.join(expressions)}]::{kind}[] IF x IS NOT NULL]"


def _counts(connection: DuckDBPyConnection) -> dict[int, int]:
    """Count the broken rows of each condition."""
    found = connection.execute(
        "SELECT place, count(*) FROM (SELECT unnest(places) AS place FROM broken) GROUP BY place"
    ).fetchall()
    return defaultdict(int, found)


def _examples(connection: DuckDBPyConnection) -> dict[int, list[tuple[int | None, str]]]:
    """Return the first broken rows of each condition with their reasons."""
    found = connection.execute(
        f"SELECT pair[1], unnest(arg_min({{'row': row, 'reason': pair[2]}}, row, {EXAMPLES})) "
        f"FROM (SELECT row, unnest(list_zip(places, reasons)) AS pair FROM broken) GROUP BY pair[1]"
    ).fetchall()
    examples = defaultdict(list)
    for place, example in found:
        examples[place].append((example["row"], example["reason"]))
    return examples


def _file_outcome(connection: DuckDBPyConnection, source: str, condition: Condition) -> Outcome:
    """Put a condition to the whole table."""
    query = f"SELECT coalesce({condition.passes}, TRUE), {condition.reason} FROM ({source})"
    passes, reason = connection.execute(query).fetchall()[0]
    return Outcome(condition, rows=1, broken=0 if passes else 1, examples=() if passes else ((None, reason),))


def _blame(
    connection: DuckDBPyConnection, source: str, conditions: Sequence[Condition], error: Exception
) -> Exception:
    """Find the condition that cannot be computed; the error itself if it is none of them."""
    import duckdb

    for condition in conditions:
        try:
            connection.execute(f"SELECT {condition.passes} FROM ({source}) LIMIT 1").fetchall()
        except duckdb.Error as cause:
            return InvalidSpec(
                f"The rule {condition.check} on {', '.join(condition.columns)} cannot be checked.",
                found=str(cause).splitlines()[0],
                action="Correct the rule in the dataset's contract.",
            )
    return error
