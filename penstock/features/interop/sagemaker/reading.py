"""An offline store of SageMaker Feature Store, read as rows of ours."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import SchemaMismatch
from penstock.features.interop.rows import (
    API_TIME,
    IS_DELETED,
    SQL_TYPES,
    columns_of,
    refuse_nameless,
    stored_files,
)
from penstock.features.interop.sagemaker.groups import FeatureGroup
from penstock.features.offline.layout import EVENT_TIMESTAMP, WRITE_TIME
from penstock.features.offline.rows import scan
from penstock.specs.base import ColumnType
from penstock.tables import engine, literal, one_thread, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PHYSICAL: Mapping[str, tuple[str, ...]] = {
    "Integral": ("BIGINT", "INTEGER", "SMALLINT", "TINYINT"),
    "Fractional": ("DOUBLE", "FLOAT"),
    "String": ("VARCHAR",),
}
_OWN_TYPES = {WRITE_TIME: ("TIMESTAMP",), API_TIME: ("TIMESTAMP",), IS_DELETED: ("BOOLEAN",)}


def read_offline(
    group: FeatureGroup,
    source: Path | Sequence[Path],
    output: Path,
    *,
    history: bool = False,
    as_of: datetime | None = None,
    memory_limit: str = "1500MB",
) -> int:
    """Write the rows of an offline store of SageMaker as a Parquet file of ours.

    Parameters
    ----------
    group
        With our types, as :func:`read_group` or :func:`feature_group` gives it.
    source
        Files, or the folder of them: ``…/offline-store/<group>-<creation time>`` or its ``data``.
    output
        Parquet file to write: identifier, ``event_timestamp``, features, ``write_time``,
        ``api_invocation_time``, ``is_deleted``; sorted by identifier and time.
    history
        Keep every version of a row and the markers of deletion. Else the rows that exist, as the SageMaker
        SDK has it: of each record and event time the one of the newest call, then of the newest write; and
        nothing of a record up to its newest marker of deletion.
    as_of
        Read the store as it was then: what was written later does not exist.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    SchemaMismatch
        Columns are missing or unknown or change their type, rows have no identifier or event time, or a value
        is not of its type.
    NotFound
        There are no files.
    """
    listed = stored_files(source)
    output.parent.mkdir(parents=True, exist_ok=True)
    with engine(beside=output.parent, memory_limit=memory_limit) as (connection, scratch):
        found = columns_of(connection, listed)
        _check(group, found)
        refuse_nameless(connection, listed, (group.key, group.event_time, WRITE_TIME))
        _refuse_wrong_values(connection, group, listed)
        rows = _converted(group, listed, as_of)
        query = rows if history else _existing(rows, group.key)
        made = scratch / "rows.parquet"
        order = f"{quoted(group.key)}, {EVENT_TIMESTAMP}, {WRITE_TIME}, hash(r)"
        with one_thread(connection):
            connection.execute(
                f"COPY (SELECT * FROM ({query}) AS r ORDER BY {order}) TO {literal(str(made))} "
                f"(FORMAT parquet, COMPRESSION zstd)"
            )
        shutil.move(made, output)
        counted = connection.execute(f"SELECT count(*) FROM read_parquet({literal(str(output))})").fetchall()
    return int(counted[0][0])


def _check(group: FeatureGroup, found: Mapping[str, str]) -> None:
    """Compare the files' columns with the group's; Glue writes names in lower case, and so may the files."""
    wanted: dict[str, tuple[str, ...]] = {
        one["FeatureName"]: _PHYSICAL[one["FeatureType"]] for one in group.definitions
    }
    wanted |= _OWN_TYPES
    there = {name.lower(): kind for name, kind in found.items()}
    if missing := [name for name in wanted if name.lower() not in there]:
        _refuse(group, "Columns are missing in all files.", ", ".join(found), ", ".join(missing))
    known = {name.lower() for name in wanted}
    if unknown := [name for name in found if name.lower() not in known]:
        _refuse(
            group,
            "The files have columns that the group does not have.",
            ", ".join(unknown),
            ", ".join(wanted),
        )
    for name, kinds in wanted.items():
        if not there[name.lower()].startswith(kinds):
            _refuse(group, f"Column {name!r} has another type.", there[name.lower()], " or ".join(kinds))


def _refuse_wrong_values(connection: DuckDBPyConnection, group: FeatureGroup, files: Sequence[Path]) -> None:
    """Refuse text that is no date or time, and booleans that are neither 0 nor 1."""
    checks = {name: _wrong(name, kind) for name, kind in group.types.items()
              if kind in {"boolean", "date", "timestamp"}}  # fmt: skip
    moment = quoted(group.event_time)
    checks[group.event_time] = (
        f"TRY_CAST({moment} AS TIMESTAMPTZ) IS NULL" if group.event_time_type == "String"
        else f"NOT isfinite({moment}) OR abs({moment}) >= 253402300800"
    )  # fmt: skip
    counts = ", ".join(
        f"count(*) FILTER ({quoted(name)} IS NOT NULL AND ({sql}))" for name, sql in checks.items()
    )
    found = connection.execute(f"SELECT {counts} FROM {scan(files)}").fetchall()[0]
    types = {**group.types, group.event_time: "timestamp"}
    for name, wrong in zip(checks, found, strict=True):
        if wrong:
            _refuse(group, f"Values of {name!r} are no {types[name]}.", f"{wrong:,} rows", str(types[name]))


def _wrong(name: str, kind: ColumnType) -> str:
    """Return the condition that a value is not of its type."""
    if kind == "boolean":
        return f"{quoted(name)} NOT IN (0, 1)"
    return f"TRY_CAST({quoted(name)} AS {'DATE' if kind == 'date' else 'TIMESTAMPTZ'}) IS NULL"


def _cast(name: str, kind: ColumnType) -> str:
    """Return a feature in our type."""
    return _utc(quoted(name)) if kind == "timestamp" else f"{quoted(name)}::{SQL_TYPES[kind]}"


def _utc(value: str) -> str:
    """Return a time as our store keeps it: in UTC, without a zone."""
    return f"({value})::TIMESTAMPTZ::TIMESTAMP"


def _converted(group: FeatureGroup, files: Sequence[Path], as_of: datetime | None) -> str:
    """Return the query of all versions, in our columns and types."""
    moment = quoted(group.event_time)
    when = f"make_timestamp(round({moment} * 1000000)::BIGINT)"
    columns = [
        f"{quoted(group.key)}::{SQL_TYPES[group.key_type]} AS {quoted(group.key)}",
        f"{when if group.event_time_type == 'Fractional' else _utc(moment)} AS {EVENT_TIMESTAMP}",
        *(f"{_cast(name, kind)} AS {quoted(name)}" for name, kind in group.types.items()),
        f"{_utc(WRITE_TIME)} AS {WRITE_TIME}",
        f"{_utc(f'coalesce({API_TIME}, {WRITE_TIME})')} AS {API_TIME}",
        f"coalesce({IS_DELETED}, false) AS {IS_DELETED}",
    ]
    until = ""
    if as_of is not None:
        instant = (as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
        until = f" WHERE {WRITE_TIME}::TIMESTAMPTZ <= {literal(instant)}::TIMESTAMPTZ"
    return f"SELECT {', '.join(columns)} FROM {scan(files)}{until}"


def _existing(rows: str, key: str) -> str:
    """Return the query of the rows that exist."""
    key, age = quoted(key), f"row({EVENT_TIMESTAMP}, {API_TIME}, {WRITE_TIME})"
    newest = f"ORDER BY {API_TIME} DESC, {WRITE_TIME} DESC, f"
    rank = f"row_number() OVER (PARTITION BY {key}, {EVENT_TIMESTAMP} {newest})"
    return (
        f"WITH every AS ({rows}), gone AS ("
        f"SELECT {key} AS k, max({age}) AS until FROM every WHERE {IS_DELETED} GROUP BY 1), "
        f"kept AS (SELECT * EXCLUDE (f) FROM (SELECT *, hash(e) AS f FROM every AS e) QUALIFY {rank} = 1) "
        f"SELECT kept.* FROM kept LEFT JOIN gone ON kept.{key} = gone.k "
        f"WHERE NOT {IS_DELETED} AND (gone.until IS NULL OR {age} > gone.until)"
    )


def _refuse(group: FeatureGroup, message: str, found: str, expected: str) -> None:
    raise SchemaMismatch(
        message, found=found, expected=expected, where=f"feature group {group.name}",
        action="Compare the files with the group's feature definitions.",
    )  # fmt: skip
