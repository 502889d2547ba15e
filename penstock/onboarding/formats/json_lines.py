"""JSON lines: one record a line, flattened by the columns' paths."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, c1)

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import EmptyFile, SchemaMismatch
from penstock.onboarding.formats.columns import MOST, with_columns
from penstock.onboarding.formats.delimited import read_records, reading
from penstock.onboarding.formats.loaded import Loaded
from penstock.onboarding.header import Header, compare_columns
from penstock.onboarding.sift import KEPT, sift
from penstock.specs import Column, Contract
from penstock.specs.path import json_pointer, parse_path
from penstock.tables import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EXPLAINED = 10_000
"""Broken lines whose very place of fault is looked for."""
_BOM = b"\xef\xbb\xbf"
_RECORD = "CASE WHEN json_valid(line) THEN CASE WHEN json_type(line) = 'OBJECT' THEN line END END"
"""The line if it is a record; ``CASE`` keeps the engine from looking into what is no JSON."""


def load_json_lines(connection: DuckDBPyConnection, contract: Contract, file: Path, folder: Path) -> Loaded:
    """Sift the lines of a plain file, then let the engine flatten the records."""
    style = contract.format.model_copy(
        update={"delimiter": "\0", "quote": "", "escape": "", "null_values": ()}
    )
    with file.open("rb") as stream:
        start = stream.read(len(_BOM))
    begin = len(_BOM) if start == _BOM else 0
    if not file.stat().st_size - begin:
        raise EmptyFile("The file is empty.", expected="at least one record", where=file.name)
    header = Header(("line",), begin, lines=style.skip_lines, is_first=not begin, is_there=False)
    sifted = sift(file, header, style, folder)
    lines = reading(sifted, "{'line': 'VARCHAR'}", style.model_copy(update={"delimiter": ""}))
    roots, unknown = _unknown(connection, contract, lines, file.name)
    contract, renamed = with_columns(contract, unknown, file.name)
    pointers = [json_pointer(_steps(column)) for column in contract.columns]
    for place, name in enumerate(renamed, len(contract.columns) - len(renamed)):
        pointers[place] = json_pointer((name,))
    read_records(connection, _statement(contract, pointers, lines), sifted, file.name)
    broken = _set_aside(connection)
    connection.execute(_view(len(contract.columns)))
    missing = tuple(
        c.name for c in contract.columns if _root(c) not in roots and c.name not in renamed.values()
    )
    rows, rejected = sifted.rows - broken, sifted.rejected + broken
    added = tuple(renamed.items())
    return Loaded(
        rows,
        rejected,
        sifted.blank,
        contract,
        table="records",
        added=added,
        missing=missing,
        lines=sifted.lines,
    )


def _steps(column: Column) -> tuple[str | int, ...]:
    """Return where a record has a column."""
    return parse_path(column.path) if column.path else (column.name,)


def _root(column: Column) -> str:
    """Return the field of the record that a column is in."""
    return str(_steps(column)[0])


def _unknown(
    connection: DuckDBPyConnection, contract: Contract, lines: str, where: str
) -> tuple[set[str], list[str]]:
    """Return all fields that records have, and those that no column is in, if the contract allows any."""
    keys = f"SELECT DISTINCT json_keys({_RECORD}) AS keys FROM {lines}"
    found = connection.execute(
        f"SELECT DISTINCT unnest(keys) AS key FROM ({keys}) ORDER BY key LIMIT {MOST + 1}"
    ).fetchall()
    names = [key for (key,) in found]
    if len(names) > MOST:
        raise SchemaMismatch(
            "The records have too many different fields.",
            found=f"more than {MOST:,}, such as {', '.join(repr(name[:60]) for name in names[:5])}",
            expected="the fields of the contract's columns",
            where=where,
            action="Write what varies as values, not as names of fields.",
        )
    roots = contract.model_copy(update={"columns": _rooted(contract)})
    return set(names), list(compare_columns(tuple(names), roots, where, optional=True))


def _rooted(contract: Contract) -> tuple[Column, ...]:
    """Return one column for each field of a record that columns are in."""
    roots = dict.fromkeys(map(_root, contract.columns))
    return tuple(Column.model_construct(name=root, type="string", nullable=True, key=False) for root in roots)


def _statement(contract: Contract, pointers: list[str], lines: str) -> str:
    """Return the statement that reads lines into ``arrived``: values, or the line itself if it is broken."""
    paths = ", ".join(map(literal, pointers))
    nulls = ", ".join(map(literal, contract.format.nulls))
    cells = [f"v[{place + 1}]" for place in range(len(pointers))]
    if nulls:
        cells = [f"CASE WHEN {cell} NOT IN ({nulls}) THEN {cell} END" for cell in cells]
    values = ", ".join(f"{cell} AS c{place}" for place, cell in enumerate(cells))
    once = "len(json_keys(record)) = len(list_distinct(json_keys(record)))"
    broken = f"CASE WHEN record IS NOT NULL AND {once} THEN NULL ELSE left(line, {KEPT}) END AS broken"
    return (
        f"CREATE TABLE arrived AS SELECT broken, {values} FROM "
        f"(SELECT {broken}, json_extract_string(record, [{paths}]) AS v "
        f"FROM (SELECT line, {_RECORD} AS record FROM {lines}))"
    )


def _view(columns: int) -> str:
    """Return the statement of the view of the whole records."""
    values = ", ".join(f"c{place}" for place in range(columns))
    return f"CREATE VIEW records AS SELECT rowid AS row, {values} FROM arrived WHERE broken IS NULL"


def _set_aside(connection: DuckDBPyConnection) -> int:
    """Move broken records to the rejects, with the reason; return how many they are."""
    connection.execute(
        "CREATE TABLE broken_records AS SELECT b.row, m.line + (b.row - m.row) AS line, b.broken AS raw "
        "FROM (SELECT rowid AS row, broken FROM arrived WHERE broken IS NOT NULL) AS b "
        "ASOF JOIN marks AS m ON b.row >= m.row"
    )
    first = connection.execute(
        f"SELECT row, raw FROM broken_records ORDER BY row LIMIT {_EXPLAINED}"
    ).fetchall()
    connection.execute("CREATE TABLE faults (row BIGINT, reason VARCHAR)")
    if first:
        connection.execute(
            "INSERT INTO faults SELECT unnest($1::BIGINT[]), unnest($2::VARCHAR[])",
            [[row for row, _ in first], [f"the line: {_fault(raw)}" for _, raw in first]],
        )
    connection.execute(
        "INSERT INTO rejects SELECT line, raw, coalesce(reason, 'the line: not a JSON object') "
        "FROM broken_records LEFT JOIN faults USING (row) ORDER BY row"
    )
    return int(connection.execute("SELECT count(*) FROM broken_records").fetchall()[0][0])


def _fault(raw: str) -> str:
    """Say why a line is no record."""
    try:
        pairs = json.loads(raw, object_pairs_hook=_Pairs)
    except RecursionError:
        return "JSON nested too deeply"
    except ValueError as error:
        return f"not JSON ({str(error)[:200]})"
    if not isinstance(pairs, _Pairs):
        return f"found a JSON {_kind(pairs)}, expected an object"
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    return f"the field {twice[0][:100]!r} is there twice" if twice else "not JSON"


class _Pairs(list[tuple[str, object]]):
    """The fields of an object, repeated ones too."""


def _kind(value: object) -> str:
    """Name what JSON has in place of an object."""
    kinds = {str: "text", bool: "boolean", type(None): "null", list: "list"}
    return kinds.get(type(value), "number")
