"""Putting conditions to a table: one scan finds every row that breaks any of them, and why."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from penstock.quality.asking import (
    answers,
    asked_of_file,
    blame,
    missing_count,
    reasons,
    set_apart,
    show_rows,
)
from penstock.quality.conditions import Condition
from penstock.quality.outcome import Outcome

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["EXAMPLES", "Outcome", "bad_rows", "scan"]

EXAMPLES = 5
"""Broken rows that an outcome shows."""
_TOGETHER = 400
"""Conditions of one scan."""


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

    if len(conditions) > _TOGETHER:
        # Thousands of typed columns are slow to plan: plan them once, not once for each part.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE wide_rows AS {source}")
        source = "SELECT * FROM wide_rows"
    show_rows(connection, source)
    try:
        asked = [_prepared(connection, place, condition) for place, condition in enumerate(conditions)]
        _find_broken(connection, source, asked)
        files = _files(connection, conditions)
        wanted = [missing_count(one) for one in conditions if one.rule and not one.skipped]
        missing = answers(connection, ["count(*)", *wanted])
    except duckdb.Error as error:
        raise blame(connection, conditions, error) from error
    counts, examples = _counts(connection), _examples(connection)
    return [
        files.get(place)
        or Outcome(
            condition,
            rows=missing["count(*)"],
            broken=counts[place],
            examples=tuple(examples[place]),
            missing=missing.get(missing_count(condition), 0),
        )
        for place, condition in enumerate(conditions)
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
    [[rows]] = connection.execute("SELECT count(*) FROM bad").fetchall()
    return int(rows)


def _prepared(connection: DuckDBPyConnection, place: int, condition: Condition) -> Condition:
    """Find beforehand the rows that break what a row alone cannot tell."""
    if not condition.repeats and not condition.offenders:
        return condition
    table = set_apart(connection, place, condition)
    return replace(condition, passes=f"(row NOT IN (SELECT row FROM {table}))")


def _find_broken(connection: DuckDBPyConnection, source: str, conditions: Sequence[Condition]) -> None:
    """Make the table ``broken``; reasons are built for the broken rows alone."""
    asked = [(place, one) for place, one in enumerate(conditions) if one.scope == "row" and not one.skipped]
    parts = [asked[first : first + _TOGETHER] for first in range(0, len(asked), _TOGETHER)] or [[]]
    if len(parts) == 1:
        connection.execute(f"CREATE OR REPLACE TABLE broken AS {_broken(source, parts[0])}")
        return
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE broken_parts "
        "(part INTEGER, row BIGINT, places INTEGER[], reasons VARCHAR[])"
    )
    for number, part in enumerate(parts):
        connection.execute(f"INSERT INTO broken_parts SELECT {number}, * FROM ({_broken(source, part)})")
    connection.execute(
        "CREATE OR REPLACE TABLE broken AS SELECT row, flatten(list(places ORDER BY part)) AS places, "
        "flatten(list(reasons ORDER BY part)) AS reasons FROM broken_parts GROUP BY row ORDER BY row"
    )


def _broken(source: str, asked: Sequence[tuple[int, Condition]]) -> str:
    """Return a query of the rows that break any of some conditions."""
    tests = [f"coalesce({condition.passes}, TRUE) AS p{place}" for place, condition in asked]
    places = [f"CASE WHEN NOT p{place} THEN {place} END" for place, _ in asked]
    words = [f"CASE WHEN NOT p{place} THEN {condition.reason} END" for place, condition in asked]
    all_pass = " AND ".join(f"p{place}" for place, _ in asked) or "TRUE"
    return (
        f"SELECT row, {_present(places, 'INTEGER')} AS places, {_present(words, 'VARCHAR')} AS reasons "
        f"FROM (SELECT *{''.join(', ' + test for test in tests)} FROM ({source})) WHERE NOT ({all_pass})"
    )


def _present(expressions: list[str], kind: str) -> str:
    """Return SQL of the list of those expressions that are not null."""
    return f"[x FOR x IN [{', '.join(expressions)}]::{kind}[] IF x IS NOT NULL]"


def _files(connection: DuckDBPyConnection, conditions: Sequence[Condition]) -> dict[int, Outcome]:
    """Put the conditions on the whole table, and give those that are skipped their outcome."""
    found = {place: Outcome(one, rows=0, broken=0) for place, one in enumerate(conditions) if one.skipped}
    files = {place: one for place, one in enumerate(conditions) if one.scope == "file" and not one.skipped}
    seen = answers(connection, (part for one in files.values() for part in asked_of_file(one)))
    for place, one in files.items():
        passes, observed = (seen[part] for part in asked_of_file(one))
        examples = () if passes else ((None, reasons(connection, [one])[0]),)
        found[place] = Outcome(one, rows=1, broken=0 if passes else 1, examples=examples, observed=observed)
    return found


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
