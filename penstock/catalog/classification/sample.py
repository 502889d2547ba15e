"""A bounded sample of the distinct values of many columns, in a few queries and always the same."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.catalog.classification.free_text import LONG
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS = 10_000
_CELLS = 1_000_000
_DISTINCT = 600
_TRACES = 200
_TOGETHER = 50
_LONGEST = 2_000
_FEW = 100
"""Columns with fewer values in the sample of rows, because most are null, are read whole."""
_TRACE = (
    r"\w@\w|[0-9]{4,}[ .-]?[0-9]{4}|[0-9]{3}[ .)/-]+[0-9]{2}[0-9 ./-]+[0-9]{2}|"
    r"(Mrs?|Ms|Dr|Herr|Frau|Dear) [A-Z]"
)
"""What texts must hold that are worth a closer look (RE2)."""


@dataclass(frozen=True)
class ColumnSample:
    """Distinct values of a column, and texts that may hold personal data."""

    values: tuple[str, ...] = ()
    traces: tuple[str, ...] = field(default=())


def sample(
    connection: DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    *,
    row: str,
    seed: int = 0,
) -> dict[str, ColumnSample]:
    """Return a sample of each column.

    Parameters
    ----------
    connection
        The engine.
    relation
        A table, or a function that reads one, as SQL that is safe as it is.
    columns
        Name and SQL expression of each.
    row
        Expression of the number of a row: ``rowid`` of a table, ``file_row_number`` of Parquet.
    seed
        Another one draws other rows.

    Returns
    -------
    dict
        The sample by name; the same for the same rows and seed, whatever the number of threads.
    """
    found: dict[str, ColumnSample] = {}
    names = list(columns)
    for first in range(0, len(names), _TOGETHER):
        part = {name: columns[name] for name in names[first : first + _TOGETHER]}
        found |= _sample_part(connection, relation, part, row=row, seed=seed, wide=len(names))
    return found


def _sample_part(
    connection: DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    *,
    row: str,
    seed: int,
    wide: int,
) -> dict[str, ColumnSample]:
    """Return samples of columns: of some rows, then of whole columns where those do not tell enough."""
    rows = int(_one(connection, f"SELECT count(*) FROM {relation}")[0])
    wanted = max(200, min(ROWS, _CELLS // wide))
    step = max(1, rows // wanted)
    chosen = f"hash({row} + {literal(seed)}) % {step} = 0"
    drawn = dict(zip(columns, _draw(connection, relation, columns, chosen, seed), strict=True))
    sparse = [name for name, (present, _) in drawn.items() if present < _FEW] if step > 1 else []
    if sparse:
        again = {name: columns[name] for name in sparse}
        drawn |= zip(again, _draw(connection, relation, again, "TRUE", seed), strict=True)
    texts = [name for name, (_, values) in drawn.items() if step > 1 and _is_prose(values)]
    traces = dict(
        zip(texts, _traces(connection, relation, [columns[name] for name in texts], seed), strict=True)
    )
    return {
        name: ColumnSample(tuple(values), tuple(traces.get(name, ()))) for name, (_, values) in drawn.items()
    }


def _draw(
    connection: DuckDBPyConnection, relation: str, columns: Mapping[str, str], chosen: str, seed: int
) -> Iterator[tuple[int, list[str]]]:
    """Yield how many values each column has in the chosen rows, and distinct ones in an order of chance."""
    texts = ", ".join(
        f"left(trim(({value})::VARCHAR), {_LONGEST}) AS v{place}"
        for place, value in enumerate(columns.values())
    )
    asked = ", ".join(
        f"count(nullif(v{place}, '')), list_transform(list_sort(list(DISTINCT "
        f"{{h: hash(v{place}, {literal(seed)}), v: v{place}}}) FILTER (WHERE v{place} <> ''))[:{_DISTINCT}], "
        f"lambda x: x.v)"
        for place in range(len(columns))
    )
    answers = iter(_one(connection, f"SELECT {asked} FROM (SELECT {texts} FROM {relation} WHERE {chosen})"))
    for present, values in zip(answers, answers, strict=True):
        yield int(present), list(values or ())


def _traces(connection: DuckDBPyConnection, relation: str, columns: list[str], seed: int) -> list[list[str]]:
    """Return texts of whole columns in which the engine finds a trace of personal data."""
    if not columns:
        return []
    asked = ", ".join(
        f"list_distinct(arg_min(left({value}::VARCHAR, {_LONGEST}), hash({value}, {literal(seed)}), "
        f"{_TRACES}) "
        f"FILTER (WHERE regexp_matches({value}::VARCHAR, {literal(_TRACE)})))"
        for value in columns
    )
    return [sorted(texts or ()) for texts in _one(connection, f"SELECT {asked} FROM {relation}")]


def _is_prose(values: list[str]) -> bool:
    """Tell whether values are texts of several words."""
    long = [value for value in values if len(value) >= LONG and value.count(" ") > 1]
    return len(long) > len(values) // 2


def _one(connection: DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Return the only row of a query."""
    return tuple(connection.execute(query).fetchall()[0])


def columns_of(connection: DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Return name and expression of each column of a relation."""
    found = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {str(row[0]): quoted(str(row[0])) for row in found}
