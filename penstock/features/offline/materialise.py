"""The offline store: what was known about each entity at each moment at which something became known."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.features.offline.layout import (
    DELETED,
    EVENT_TIMESTAMP,
    INVOKED,
    WRITE_TIME,
    partition_folder,
    stored_columns,
    utc,
)
from penstock.features.offline.rows import changed_rows, newest_versions, scan, within
from penstock.features.offline.source import Source, SourceRows, refused, source
from penstock.features.offline.statistics import ViewStatistics, view_statistics
from penstock.specs.base import ColumnType
from penstock.specs.features import FeatureView
from penstock.tables import engine, literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BATCH = 122_880
_CHUNK = 500_000
_EPOCH = datetime(1970, 1, 1)
Range = tuple[datetime, datetime]


@dataclass(frozen=True)
class WrittenFile:
    """A file of the offline store that was written."""

    path: Path
    rows: int


@dataclass(frozen=True)
class MaterialisedView:
    """What was written of a view.

    Parameters
    ----------
    view
        Its name.
    path
        The folder of ``files``, which lie in folders by event time.
    files
        What is new or changed; nothing when nothing is.
    latest
        The Parquet file with the newest row of each entity that was computed.
    rows, entities
        How many rows ``files`` and ``latest`` have.
    source
        How many rows the dataset has, and which did not count.
    statistics
        Of the view as it is now, known rows among it.
    """

    view: str
    path: Path
    files: tuple[WrittenFile, ...]
    latest: Path
    rows: int
    entities: int
    write_time: datetime
    source: SourceRows
    statistics: ViewStatistics


def materialise(
    view: FeatureView,
    files: Sequence[Path],
    output: Path,
    *,
    types: Mapping[str, ColumnType] | None = None,
    write_time: datetime | str = _EPOCH,
    write_id: str = "part-00000",
    known: Sequence[Path] = (),
    changed: Sequence[Path] | None = None,
    between: tuple[datetime | str, datetime | str] | None = None,
    latest: Path | None = None,
    memory_limit: str = "1500MB",
) -> MaterialisedView:
    """Compute a view's features at every moment of its dataset, and write what is not known yet.

    A feature row at time *t* sees the entity's rows whose timestamp is at most *t* (and in the feature's
    window); rows of the same moment make one feature row. NaN counts as null; infinities are values. Whatever
    is left out is counted in ``source``.

    Parameters
    ----------
    view
        Entity, timestamp column and features.
    files
        Curated Parquet files of a snapshot, all of them.
    output
        Folder for ``year=…/month=…/<write_id>.parquet``, ordered by key and time.
    types
        Of the features, as ``feature_types(view, contract)`` says; as the files have them when None.
    write_time
        Which version the rows are (the snapshot's time); later than that of ``known``. UTC if without a zone.
    write_id
        Name of the files, such as the snapshot's id.
    known
        The offline store's files of the view so far: rows that they have already are not written again,
        and those that should not be there any more are written with ``is_deleted``.
    changed
        Curated files that have come to (or gone from) the snapshot since ``known`` was written: their
        entities alone are computed. All when None.
    between
        Event times, the end excluded, to compute alone (a backfill).
    latest
        File for the newest row of each computed entity; ``latest.parquet`` beside the folder ``output`` when
        None. An entity whose newest row is gone has that too, with ``is_deleted``.
    memory_limit
        What the engine may hold in memory before it spills; besides, all rows of an entity are in memory.

    Returns
    -------
    MaterialisedView
        The same files make the same bytes.

    Raises
    ------
    NotFound
        There are no files.
    SchemaMismatch
        The files lack a column, have it in another type, or an expression cannot be evaluated on them.
    InvalidSpec
        An expression fails on a row.

    Examples
    --------
    >>> import tempfile, duckdb
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = "SELECT 'a' AS customer, DATE '2025-01-01' + i::INTEGER AS paid, 10 * i AS amount"
    >>> duckdb.sql(rows + " FROM range(1, 3) AS r(i)").write_parquet(str(folder / "part.parquet"))
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "average", "aggregate": "mean", "of": "amount"}])
    >>> made = materialise(view, [folder / "part.parquet"], folder / "history")
    >>> made.files[0].path.relative_to(folder).as_posix()
    'history/year=2025/month=01/part-00000.parquet'
    >>> duckdb.read_parquet(str(made.files[0].path)).select("average").fetchall()
    [(10.0,), (15.0,)]
    """
    output.mkdir(parents=True, exist_ok=True)
    newest = latest or output.parent / "latest.parquet"
    newest.parent.mkdir(parents=True, exist_ok=True)
    span = (utc(between[0]), utc(between[1])) if between else None
    with engine(beside=output.parent, memory_limit=memory_limit) as (connection, scratch):
        rows = source(connection, view, files, types)
        counts = rows.count(connection, utc(write_time))
        write = _Write(connection, scratch, rows, utc(write_time))
        write.compute(rows.query(changed=changed, between=span), span)
        write.compare(known, changed, span)
        written = write.changes(output, write_id)
        entities = write.newest(newest, vanishing=bool(known) and span is None)
        statistics = write.statistics(known, written)
    return MaterialisedView(
        view=view.name, path=output, files=written, latest=newest, rows=sum(file.rows for file in written),
        entities=entities, write_time=utc(write_time), source=counts, statistics=statistics,
    )  # fmt: skip


class _Write:
    """One write of a view: computed rows, what differs from known ones, files."""

    def __init__(
        self, connection: DuckDBPyConnection, scratch: Path, rows: Source, write_time: datetime
    ) -> None:
        from penstock.features.offline.chunks import arrow_schema

        self._connection, self._scratch, self._rows, self._view = connection, scratch, rows, rows.view
        self._time = write_time
        self._types = {measure.feature.name: measure.type for measure in rows.measures}
        self._schema = arrow_schema(stored_columns(rows.view, self._types))

    def compute(self, query: str, between: Range | None) -> None:
        """Compute the rows of whole entities, chunk by chunk, into the table ``computed``."""
        import duckdb

        from penstock.features.offline.chunks import compute_chunks

        computed, newest = self._scratch / "computed.parquet", self._scratch / "newest.parquet"
        try:
            compute_chunks(
                self._connection.sql(query).to_arrow_reader(_BATCH), self._rows, between=between,
                computed=computed, newest=newest, chunk=_CHUNK,
            )  # fmt: skip
        except (duckdb.DataError, duckdb.InvalidInputException) as error:
            raise refused(self._view, error) from error
        for name, file in (("computed", computed), ("newest", newest)):
            self._connection.execute(f"CREATE VIEW {name} AS FROM {scan([file])}")

    def compare(self, known: Sequence[Path], changed: Sequence[Path] | None, between: Range | None) -> None:
        """Find what is new, other or gone, as the table ``changes``."""
        if not known:
            self._connection.execute(f"CREATE VIEW changes AS SELECT *, FALSE AS {DELETED} FROM computed")
            return
        wanted = [within(between)]
        if changed is not None:
            key = quoted(self._view.entity.key)
            wanted.append(f"{key} IN (SELECT {key} FROM {scan(changed)})" if changed else "FALSE")
        versions = newest_versions(self._view, known, where=" AND ".join(wanted))
        self._connection.execute(f"CREATE TABLE known AS {versions}")
        self._connection.execute(f"CREATE TABLE changes AS {changed_rows(self._view, 'computed', 'known')}")

    def changes(self, output: Path, write_id: str) -> tuple[WrittenFile, ...]:
        """Write the changes to files by event time."""
        from penstock.features.offline.chunks import write_runs

        order = f"date_trunc('{self._view.partition}', {EVENT_TIMESTAMP}), {quoted(self._view.entity.key)}"
        query = f"SELECT {self._columns()} FROM changes ORDER BY {order}, {EVENT_TIMESTAMP}"
        written = write_runs(
            self._connection.sql(query).to_arrow_reader(_BATCH), self._schema,
            lambda at: output / partition_folder(self._view, at) / f"{write_id}.parquet",
            unit=self._view.partition,
        )  # fmt: skip
        return tuple(WrittenFile(path, rows) for path, rows in written)

    def newest(self, path: Path, *, vanishing: bool) -> int:
        """Write the newest row of each entity, by key."""
        from penstock.features.offline.writing import write_rows

        key = quoted(self._view.entity.key)
        rows = f"SELECT *, FALSE AS {DELETED} FROM newest"
        if vanishing:
            later = f"n.{key} = c.{key} AND n.{EVENT_TIMESTAMP} >= c.{EVENT_TIMESTAMP}"
            rows += (
                f" UNION ALL BY NAME SELECT c.* FROM changes AS c ANTI JOIN newest AS n ON {later} "
                f"WHERE c.{DELETED} QUALIFY "
                f"row_number() OVER (PARTITION BY c.{key} ORDER BY c.{EVENT_TIMESTAMP} DESC) = 1"
            )
        query = f"SELECT {self._columns()} FROM ({rows}) ORDER BY {key}, {EVENT_TIMESTAMP}"
        return write_rows(_tables(self._connection.sql(query).to_arrow_reader(_BATCH)), path, self._schema)

    def statistics(self, known: Sequence[Path], written: Sequence[WrittenFile]) -> ViewStatistics:
        """Describe the view as it is after the write."""
        rows = "computed"
        if known:
            files = [*known, *(file.path for file in written)]
            rows = "current_rows"
            versions = newest_versions(self._view, files)
            self._connection.execute(f"CREATE TABLE {rows} AS FROM ({versions}) WHERE NOT {DELETED}")
        return view_statistics(self._connection, self._view, rows, self._types)

    def _columns(self) -> str:
        """Return the stored columns of computed rows as SQL."""
        time = f"{literal(self._time.isoformat(sep=' '))}::TIMESTAMP"
        given = {WRITE_TIME: time, INVOKED: time}
        return ", ".join(f"{given.get(name, quoted(name))} AS {quoted(name)}" for name in self._schema.names)


def _tables(reader: Any) -> Iterator[Any]:
    """Yield the batches of a reader as tables."""
    import pyarrow as pa

    for batch in reader:
        yield pa.Table.from_batches([batch])
