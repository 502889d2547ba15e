"""Our offline rows in the layout of SageMaker Feature Store's offline store, an hour a folder."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import SchemaMismatch
from penstock.features.interop.rows import (
    API_TIME,
    IS_DELETED,
    check_columns,
    columns_of,
    existing,
    of_view,
    refuse_nameless,
    stored_files,
)
from penstock.features.interop.sagemaker.groups import FeatureGroup
from penstock.features.offline.layout import EVENT_TIMESTAMP, WRITE_TIME
from penstock.features.offline.rows import scan
from penstock.specs.base import ColumnType
from penstock.tables import engine, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000_000
_BATCH = 50_000
_MOMENT = "__moment"
_DAY, _TIME = "'%Y-%m-%d'", "'%Y-%m-%dT%H:%M:%S.%fZ'"
_EVENT_TIME = "'%Y-%m-%dT%H:%M:%S.%gZ'"


@dataclass(frozen=True)
class WrittenFile:
    """A file of an offline store: its key below the store's folder, and its rows."""

    key: str
    rows: int


def write_offline(
    group: FeatureGroup,
    files: Path | Sequence[Path],
    folder: Path,
    *,
    history: bool = False,
    memory_limit: str = "1500MB",
) -> tuple[WrittenFile, ...]:
    """Write rows of our offline store as SageMaker has them.

    Parameters
    ----------
    files
        Files of a view's offline store, or the folder of them.
    folder
        Where the folder ``data`` comes to lie: ``…/offline-store/<group>-<creation time>``.
    history
        Write every version of a row, deleted ones too, so that :func:`read_offline` gives back the very rows.
        Else the rows that exist, so that SageMaker's own queries answer as ours do: to SageMaker a deleted
        row takes all earlier ones of its record with it.

    Returns
    -------
    tuple
        The files, in order of time: ``data/year=/month=/day=/hour=/<newest event time>_<16 digits>.parquet``.
        The same rows make the same bytes under the same names.

    Raises
    ------
    SchemaMismatch
        The files are not those of the view, rows have no identifier or event time, or their event times
        are finer than the group's type keeps.
    NotFound
        There are no files.

    Notes
    -----
    Needs pyarrow (``penstock[ml]``). Memory does not grow with the rows: DuckDB sorts beyond its limit on
    disk, and one file is open at a time.
    """
    listed = stored_files(files)
    folder.mkdir(parents=True, exist_ok=True)
    with engine(beside=folder, memory_limit=memory_limit) as (connection, scratch):
        found = columns_of(connection, listed)
        check_columns(found, of_view(group.key, group.key_type, group.types), where=group.name)
        refuse_nameless(connection, listed, (group.key, EVENT_TIMESTAMP, WRITE_TIME))
        _refuse_too_fine(connection, group, listed)
        connection.execute("SET threads = 1")  # one stream, one order, the same bytes
        query = _query(group, listed, history=history, api_time=API_TIME in found)
        return tuple(_place(made, folder, group) for made in _hours(connection, query, scratch))


def _query(group: FeatureGroup, files: Sequence[Path], *, history: bool, api_time: bool) -> str:
    """Return the query of SageMaker's columns, by time, with the moment in front."""
    api = f"coalesce({API_TIME}, {WRITE_TIME})" if api_time else WRITE_TIME
    columns = [
        f"{quoted(group.key)}",
        f"{_event_time(group)} AS {quoted(group.event_time)}",
        *(f"{_value(name, kind)} AS {quoted(name)}" for name, kind in group.types.items()),
        f"{WRITE_TIME}::TIMESTAMPTZ AS {WRITE_TIME}",
        f"{api}::TIMESTAMPTZ AS {API_TIME}",
        f"coalesce({IS_DELETED}, false) AS {IS_DELETED}",
    ]
    source = f"(SELECT * FROM {scan(files)})" if history else f"({existing(files, group.key)})"
    return (
        f"SELECT epoch_us({EVENT_TIMESTAMP}::TIMESTAMPTZ) AS {_MOMENT}, {', '.join(columns)} "
        f"FROM {source} AS r ORDER BY {_MOMENT}, r.{quoted(group.key)}, r.{WRITE_TIME}, hash(r)"
    )


def _event_time(group: FeatureGroup) -> str:
    moment = f"{EVENT_TIMESTAMP}::TIMESTAMPTZ"
    if group.event_time_type == "Fractional":
        return f"epoch_us({moment}) / 1000000.0::DOUBLE"
    return f"strftime({moment}, {_EVENT_TIME})"


def _value(name: str, kind: ColumnType) -> str:
    """Return a feature in SageMaker's type."""
    column = quoted(name)
    return {
        "boolean": f"{column}::BIGINT",
        "integer": f"{column}::BIGINT",
        "decimal": f"{column}::DOUBLE",
        "date": f"strftime({column}, {_DAY})",
        "timestamp": f"strftime({column}::TIMESTAMPTZ, {_TIME})",
        "string": column,
    }[kind]


def _refuse_too_fine(connection: DuckDBPyConnection, group: FeatureGroup, files: Sequence[Path]) -> None:
    """Refuse event times that would not come back as they were."""
    exact = f"epoch_us({EVENT_TIMESTAMP}::TIMESTAMPTZ)"
    kept = f"{exact} % 1000 = 0"
    if group.event_time_type == "Fractional":
        kept = f"abs({exact}) < 9007199254740992"
    lost = connection.execute(f"SELECT count(*) FROM {scan(files)} WHERE NOT ({kept})").fetchall()[0][0]
    if lost:
        keeps = "milliseconds" if group.event_time_type == "String" else "microseconds until the year 2255"
        raise SchemaMismatch(
            "Event times do not fit into the group's type.", found=f"{lost:,} rows",
            expected=f"{group.event_time_type}, which keeps {keeps}", where=group.name,
            action="Take the other type of event time.",
        )  # fmt: skip


class _Hour:
    """The file of an hour, open; one is at a time."""

    def __init__(self, hour: int, schema: Any, scratch: Path) -> None:
        parquet: Any = import_module("pyarrow.parquet")
        self.hour, self.newest, self.rows = hour, 0, 0
        self.path = scratch / f"{hour}.parquet"
        self._writer = parquet.ParquetWriter(self.path, schema, compression="zstd")

    def write(self, batch: Any) -> None:
        """Add rows, whose moment comes in front."""
        self.rows += batch.num_rows
        self.newest = batch.column(0)[batch.num_rows - 1].as_py()
        self._writer.write_batch(batch.select(range(1, batch.num_columns)))

    def close(self) -> _Hour:
        """Finish the file."""
        self._writer.close()
        return self


def _hours(connection: DuckDBPyConnection, query: str, scratch: Path) -> Iterator[_Hour]:
    """Yield a finished file an hour, from one sorted stream."""
    arrow: Any = import_module("pyarrow")
    reader = connection.sql(query).to_arrow_reader(_BATCH)
    schema, current = arrow.schema(list(reader.schema)[1:]), None
    for batch in reader:
        for hour, piece in _pieces(batch):
            if current is None or current.hour != hour:
                if current is not None:
                    yield current.close()
                current = _Hour(hour, schema, scratch)
            current.write(piece)
    if current is not None:
        yield current.close()


def _pieces(batch: Any) -> Iterator[tuple[int, Any]]:
    """Yield the rows of each hour of a sorted batch."""
    import numpy as np

    hours = batch.column(0).to_numpy() // _HOUR
    cuts = [0, *(np.flatnonzero(np.diff(hours)) + 1).tolist(), len(hours)]
    for start, end in pairwise(cuts):
        if end > start:
            yield int(hours[start]), batch.slice(start, end - start)


def _place(made: _Hour, folder: Path, group: FeatureGroup) -> WrittenFile:
    """Move a file to where SageMaker has it; its name tells of its content, so a repeat replaces it."""
    start, newest = _EPOCH + timedelta(hours=made.hour), _EPOCH + timedelta(microseconds=made.newest)
    digest = hashlib.sha256(group.name.encode())
    with made.path.open("rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    hour = f"year={start.year:04d}/month={start.month:02d}/day={start.day:02d}/hour={start.hour:02d}"
    key = f"data/{hour}/{newest:%Y%m%dT%H%M%SZ}_{digest.hexdigest()[:16]}.parquet"
    (folder / key).parent.mkdir(parents=True, exist_ok=True)
    shutil.move(made.path, folder / key)
    return WrittenFile(key, made.rows)
