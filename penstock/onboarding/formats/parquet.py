"""Parquet: values whose type is the column's stay as they are; text is made of them for people alone."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, n0)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import SchemaMismatch, UnreadableFile
from penstock.onboarding.formats.columns import with_columns
from penstock.onboarding.formats.loaded import Loaded
from penstock.onboarding.header import compare_columns
from penstock.quality.types import local_as_utc
from penstock.specs import Column, Contract
from penstock.specs.path import parse_path
from penstock.tables import literal, one_thread, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_WIDE = {"UBIGINT", "HUGEINT", "UHUGEINT"}
_FLOAT = {"FLOAT", "DOUBLE"}
_TIMES = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
_ZONED = "TIMESTAMP WITH TIME ZONE"
_NESTED = ("STRUCT", "MAP", "LIST", "UNION")
_ROW = "file_row_number"


def load_parquet(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Loaded:
    """Make a view of a plain file, after having read all of it once."""
    import duckdb

    try:
        return _load(connection, contract, file)
    except duckdb.Error as error:
        raise UnreadableFile(
            "The file is not Parquet, or is damaged.",
            found=str(error).splitlines()[0].replace(str(folder), ""),
            where=file.name,
            action="Export it again and upload it.",
        ) from error


def _load(connection: DuckDBPyConnection, contract: Contract, file: Path) -> Loaded:
    """Compare the columns, make the view, and read every value once so that damage shows here."""
    names = _names(connection, file)
    roots = contract.model_copy(update={"columns": tuple(_rooted(contract))})
    unknown = compare_columns(names, roots, file.name)
    contract, renamed = with_columns(contract, unknown, file.name)
    origins = {new: old for old, new in renamed.items()}
    table = f"read_parquet({literal(str(file))})"
    places = [_place(column, names, origins) for column in contract.columns]
    cells = _cells(contract, places, _types(connection, table, places, file.name))
    values = [f"{text} AS c{place}" for place, (text, _) in enumerate(cells)]
    values += [f"{value} AS n{place}" for place, (_, value) in enumerate(cells) if value]
    _make(connection, values, table, numbered=_ROW not in {name.lower() for name in names})
    everything = ", ".join(map(quoted, names))
    read = f"SELECT count(*), bit_xor(hash({everything})) FROM {table}"
    rows, _ = connection.execute(read).fetchall()[0]
    connection.execute("CREATE TABLE rejects (line BIGINT, raw VARCHAR, reason VARCHAR)")
    connection.execute("CREATE TABLE marks AS SELECT 0::BIGINT AS row, 1::BIGINT AS line")
    return Loaded(
        rows,
        rejected=0,
        blank=0,
        contract=contract,
        lines=rows,
        native=frozenset(place for place, (_, value) in enumerate(cells) if value),
        added=tuple(renamed.items()),
        missing=tuple(c.name for c, place in zip(contract.columns, places, strict=True) if not place),
    )


def _make(connection: DuckDBPyConnection, values: list[str], table: str, *, numbered: bool) -> None:
    """Make ``arrived``; a table in the rare case that a column is named as the engine names row numbers."""
    if numbered:
        query = f"SELECT {', '.join([f'{_ROW} AS row', *values])} FROM {table}"
        connection.execute(f"CREATE VIEW arrived AS {query}")
        return
    with one_thread(connection):
        connection.execute(f"CREATE TABLE copied AS SELECT {', '.join(values)} FROM {table}")
    connection.execute("CREATE VIEW arrived AS SELECT rowid AS row, * FROM copied")


def _names(connection: DuckDBPyConnection, file: Path) -> tuple[str, ...]:
    """Return the names of a file's columns as it has them: the children of the schema's root."""
    query = f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({literal(str(file))})"
    elements = iter(connection.execute(query).fetchall())
    _, count = next(elements, ("", 0))
    return tuple(_element(elements) for _ in range(count))


def _element(elements: Iterator[tuple[str, int]]) -> str:
    """Go past an element of the schema and all that is in it; return its name."""
    name, inside = next(elements)
    while inside:
        _, more = next(elements)
        inside += more - 1
    return name


def _rooted(contract: Contract) -> Iterator[Column]:
    """Yield one column for each column of the file that the contract's columns are in."""
    seen = set()
    for column in contract.columns:
        root = str(_steps(column)[0])
        if root not in seen:
            seen.add(root)
            yield Column.model_construct(name=root, type="string", nullable=column.nullable, key=column.key)


def _steps(column: Column) -> tuple[str | int, ...]:
    """Return where a row has a column."""
    return parse_path(column.path) if column.path else (column.name,)


def _place(column: Column, names: Sequence[str], origins: dict[str, str]) -> str:
    """Return SQL of a column's place in the file, nothing if the file has it not."""
    first, *rest = (origins[column.name],) if column.name in origins else _steps(column)
    if first not in names:
        return ""
    inner = [f"[{step + 1}]" if isinstance(step, int) else f"[{literal(step)}]" for step in rest]
    return quoted(str(first)) + "".join(inner)


def _types(connection: DuckDBPyConnection, table: str, places: Sequence[str], where: str) -> list[str]:
    """Return the type of each place; a field that a struct has not is an error."""
    import duckdb

    query = ", ".join(f"{place or 'NULL::VARCHAR'} AS c{number}" for number, place in enumerate(places))
    try:
        return [row[1] for row in connection.execute(f"DESCRIBE SELECT {query} FROM {table}").fetchall()]
    except duckdb.BinderException as error:
        raise SchemaMismatch(
            "The file has not all the fields that the contract's paths name.",
            found=str(error).splitlines()[0],
            where=where,
            action="Correct the export, or the paths in the contract.",
        ) from error


def _cells(contract: Contract, places: Sequence[str], types: Sequence[str]) -> list[tuple[str, str]]:
    """Return text and value of each column in SQL; no value where it is to be made from the text."""
    nulls = ", ".join(map(literal, contract.format.nulls))
    cells = []
    for column, place, kind in zip(contract.columns, places, types, strict=True):
        known = (
            f"CASE WHEN {place} NOT IN ({nulls}) THEN {place} END" if nulls and kind == "VARCHAR" else place
        )
        cells.append((_text(known, kind), _value(column, known, kind) if place else ""))
    return cells


def _text(place: str, kind: str) -> str:
    """Return SQL of a value as people read it."""
    if not place:
        return "NULL::VARCHAR"
    if kind == "VARCHAR":
        return place
    if kind == "BLOB":
        return f"coalesce(TRY(decode({place})), {place}::VARCHAR)"
    nested = kind.startswith(_NESTED) or kind.endswith("]")
    return f"to_json({place})::VARCHAR" if nested else f"{place}::VARCHAR"


def _value(column: Column, place: str, kind: str) -> str:
    """Return SQL of a value in the column's type, nothing if it is to be made from the text."""
    kind = "DECIMAL" if kind.startswith("DECIMAL") else kind
    makers: dict[str, Any] = {
        "string": lambda: place if kind == "VARCHAR" else "",
        "integer": lambda: _integer(place, kind),
        "decimal": lambda: _decimal(place, kind),
        "boolean": lambda: place if kind == "BOOLEAN" else "",
        "date": lambda: _date(place, kind),
        "timestamp": lambda: _timestamp(column, place, kind),
    }
    return str(makers[column.type]())


def _integer(place: str, kind: str) -> str:
    """Return SQL of a whole number; null for a fraction, which is then a wrong value."""
    if kind in _WHOLE:
        return f"{place}::BIGINT"
    if kind in _WIDE:
        return f"TRY_CAST({place} AS BIGINT)"
    if kind in {*_FLOAT, "DECIMAL"}:
        return f"CASE WHEN {place} = trunc({place}) THEN TRY_CAST({place} AS BIGINT) END"
    return ""


def _decimal(place: str, kind: str) -> str:
    """Return SQL of a number; null for what is none, and for infinity."""
    if kind in _FLOAT:
        return f"CASE WHEN isfinite({place}) THEN {place}::DOUBLE END"
    return f"{place}::DOUBLE" if kind in {*_WHOLE, *_WIDE, "DECIMAL"} else ""


def _date(place: str, kind: str) -> str:
    """Return SQL of a day; null for a time of day other than midnight."""
    if kind == "DATE":
        return f"CASE WHEN isfinite({place}) THEN {place} END"
    if kind in _TIMES:
        return f"CASE WHEN isfinite({place}::TIMESTAMP) AND {place} = {place}::DATE THEN {place}::DATE END"
    return ""


def _timestamp(column: Column, place: str, kind: str) -> str:
    """Return SQL of a time as UTC; times without a zone are in the column's."""
    if kind == _ZONED:
        value = f"{place}::TIMESTAMP"
    elif kind in {*_TIMES, "DATE"}:
        value = local_as_utc(f"{place}::TIMESTAMP", column.timezone)
    else:
        return ""
    return f"CASE WHEN isfinite({place}::TIMESTAMP) THEN {value} END"
