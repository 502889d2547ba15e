"""Parquet read by DuckDB, column by column: for functions, whose layer has no room for pyarrow.

A column is read whole, so this is for the files that a function onboards.
"""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.catalog.profiles.cutting import bounds
from penstock.catalog.profiles.runs import MOST_ROWS
from penstock.catalog.profiles.subjects import Subject, mistyped, unreadable
from penstock.catalog.profiles.vectors import Numbers, Texts, Words
from penstock.specs.base import ColumnType
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

_WORDS: tuple[tuple[str, ColumnType], ...] = (
    ("TIMESTAMP", "timestamp"),
    ("DATE", "date"),
    ("BOOLEAN", "boolean"),
    ("DECIMAL", "decimal"),
    ("DOUBLE", "decimal"),
    ("FLOAT", "decimal"),
)
_WHOLE = {f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG")}
_WHOLE |= {"INTEGER", "UINTEGER", "HUGEINT", "UHUGEINT"}
_FAR = ("HUGEINT", "UHUGEINT", "UBIGINT", "DECIMAL", "DOUBLE", "FLOAT")
_SQL: dict[ColumnType, str] = {
    "integer": "{}::BIGINT",
    "decimal": "{}::DOUBLE",
    "boolean": "{}::BOOLEAN::TINYINT",
    "date": "{}::DATE - DATE '1970-01-01'",
    "timestamp": "epoch_us({}::TIMESTAMP)",
}


_GROUPS = (
    "SELECT any_value(row_group_num_rows) FROM parquet_metadata(?) GROUP BY row_group_id "
    "ORDER BY row_group_id"
)


@dataclass(frozen=True)
class EngineSource:
    """A Parquet file."""

    path: Path
    groups: tuple[int, ...]
    described: tuple[tuple[str, str], ...]

    @classmethod
    def open(cls, path: Path) -> EngineSource:
        """Read what a Parquet file says of itself."""
        import duckdb

        scan = f"read_parquet({literal(str(path))})"
        with _connection() as connection:
            try:
                named = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
                groups = connection.execute(_GROUPS, [str(path)]).fetchall()
            except duckdb.Error as error:
                raise unreadable(path, error) from error
        rows = tuple(int(group) for (group,) in groups)
        return cls(path, rows, tuple((name, kind) for name, kind, *_ in named))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(self.groups)

    @property
    def columns(self) -> list[tuple[str, ColumnType]]:
        """Names and types of the columns."""
        return [(name, _type_of(kind)) for name, kind in self.described]

    def pieces(self, subjects: Sequence[Subject]) -> Iterator[Mapping[str, Callable[[], Numbers | Words]]]:
        """Yield some columns, so many rows at a time."""
        with _connection() as connection:
            whole = {subject.name: self._read(connection, subject) for subject in subjects}
        for start, end in bounds(self.groups, MOST_ROWS):
            yield {name: partial(_cut, column, start, end) for name, column in whole.items()}

    def _read(self, connection: DuckDBPyConnection, subject: Subject) -> Numbers | Words:
        """Read a column."""
        import duckdb

        stored = dict(self.described)[subject.name]
        value, scan = quoted(subject.name), f"read_parquet({literal(str(self.path))})"
        if subject.type != "string":
            far = subject.type == "integer" and stored.startswith(_FAR)
            value = _SQL["decimal" if far else subject.type].format(value)
        else:
            value = f"{value}::VARCHAR"
        try:
            if subject.type == "string":
                return _read_words(connection, value, scan)
            found = connection.execute(f"SELECT {value} AS v FROM {scan}").fetchnumpy()["v"]
        except duckdb.Error as error:
            raise mistyped(self.path, subject, stored, error) from error
        return _numbers(found)


def _read_words(connection: DuckDBPyConnection, value: str, scan: str) -> Words:
    """Read texts as one text and their lengths in bytes: no Python text for each."""
    lengths = connection.execute(f"SELECT strlen({value}) AS v FROM {scan}").fetchnumpy()["v"]
    [(text,)] = connection.execute(f"SELECT string_agg({value}, '') FROM {scan}").fetchall()
    numbers = _numbers(lengths)
    offsets = np.concatenate([[0], np.cumsum(numbers.values)]).astype(np.int64)
    return Words(Texts((text or "").encode(), offsets), numbers.valid)


def _numbers(found: Any) -> Numbers:
    """Return what DuckDB gave, a masked array where values are null."""
    mask = np.ma.getmaskarray(found)
    valid = ~mask if mask.any() else None
    values = np.ma.getdata(found)
    values = values if valid is None else values[valid]
    return Numbers(
        values.astype(np.int64) if values.dtype.kind in "iu" else values.astype(np.float64) + 0.0, valid
    )


def _cut(column: Numbers | Words, start: int, end: int) -> Numbers | Words:
    """Return a piece of a column."""
    valid = None if column.valid is None else column.valid[start:end]
    first, last = start, min(end, column.rows)
    if column.valid is not None:
        first, last = (int(column.valid[:edge].sum()) for edge in (start, end))
    if isinstance(column, Numbers):
        return Numbers(column.values[first:last], valid)
    offsets: NDArray[np.int64] = column.texts.offsets[first : last + 1]
    return Words(Texts(column.texts.data[offsets[0] : offsets[-1]], offsets - offsets[0]), valid)


def _type_of(kind: str) -> ColumnType:
    """Return the contract's word for a type of DuckDB; whatever it has none for is shown as text."""
    if kind in _WHOLE:
        return "integer"
    if "[" in kind or ("(" in kind and not kind.startswith("DECIMAL")):
        return "string"
    return next((word for start, word in _WORDS if kind.startswith(start)), "string")


@contextmanager
def _connection() -> Iterator[DuckDBPyConnection]:
    """Open an engine of one thread, in which rows and the texts of an aggregate keep their order."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = FALSE")
        yield connection
