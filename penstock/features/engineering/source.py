"""The rows that feature engineering looks at: their types, what steps learn from them, a sample of them."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables and parsed expressions

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from penstock.errors import InvalidSpec, NotFound
from penstock.quality.expressions import parse_expression
from penstock.specs.base import ColumnType
from penstock.tables import engine, literal, quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_GOLDEN = 2_654_435_761
"""2^32 over the golden ratio: its multiples fall evenly over a circle (Knuth, vol. 3, 6.4)."""
_CIRCLE = 4_294_967_296
_TYPES: dict[str, ColumnType] = {
    "BOOLEAN": "boolean", "DATE": "date", "DOUBLE": "decimal", "FLOAT": "decimal", "VARCHAR": "string",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Rows in an engine.

    Parameters
    ----------
    connection
        The engine.
    relation
        SQL of the rows, such as a table's name.
    types
        The type of each column.
    """

    connection: DuckDBPyConnection
    relation: str
    types: Mapping[str, ColumnType]

    def type(self, name: str) -> ColumnType:
        """Return a column's type.

        Raises
        ------
        NotFound
            There is no such column.
        """
        if name not in self.types:
            raise NotFound(
                "There is no such column.", found=name, expected=", ".join(sorted(self.types)),
                action="Correct the name.",
            )  # fmt: skip
        return self.types[name]

    @cached_property
    def rows(self) -> int:
        """Number of rows."""
        return int(self._one("count(*)"))

    def known(self, name: str) -> int:
        """Return how many rows have a value."""
        return int(self._one(f"count({quoted(name)})"))

    def distinct(self, name: str) -> int:
        """Return how many distinct values a column has."""
        return int(self._one(f"count(DISTINCT {quoted(name)})"))

    def mean(self, name: str) -> float:
        """Return a number's mean, to six digits; 0 without values."""
        found = self._one(f"avg({quoted(name)}::DOUBLE) FILTER ({_finite(name)})")
        return float(f"{found or 0.0:.6g}")

    def extent(self, name: str) -> tuple[float | None, float | None]:
        """Return the least and the greatest number."""
        value, kept = f"{quoted(name)}::DOUBLE", _finite(name)
        low, high = self._row(f"min({value}) FILTER ({kept}), max({value}) FILTER ({kept})")
        return low, high

    def quantiles(self, name: str, shares: Sequence[float]) -> list[float]:
        """Return the numbers below which shares of the values lie (interpolated); none without values."""
        wanted = f"[{', '.join(literal(float(share)) for share in shares)}]"
        found = self._one(f"quantile_cont({quoted(name)}::DOUBLE, {wanted}) FILTER ({_finite(name)})")
        return [float(one) for one in found or ()]

    def mean_length(self, name: str) -> float:
        """Return how many characters a column's values have on average; 0 without values."""
        return float(self._one(f"coalesce(avg(length({quoted(name)}::VARCHAR)), 0)"))

    def median_gap(self, key: str, moment: str) -> float | None:
        """Return the median of the days between a row and the one before it with the same key."""
        column, by = f"{quoted(moment)}::TIMESTAMP", f"PARTITION BY {quoted(key)} ORDER BY {quoted(moment)}"
        days = f"date_diff('second', lag({column}) OVER ({by}), {column}) / 86400.0"
        rows = f"(SELECT {days} AS gap FROM {self.relation} WHERE {quoted(key)} IS NOT NULL)"
        found = self.connection.execute(f"SELECT median(gap) FROM {rows}").fetchall()[0][0]
        return float(found) if found is not None else None

    def counts(self, name: str, most: int) -> list[tuple[str, int]]:
        """Return the most frequent values as text with their counts; ties in alphabetical order."""
        column = f"{quoted(name)}::VARCHAR"
        found = self.connection.execute(
            f"SELECT {column} AS word, count(*) AS n FROM {self.relation} WHERE {quoted(name)} IS NOT NULL "
            f"GROUP BY word ORDER BY n DESC, word LIMIT {int(most)}"
        ).fetchall()
        return [(str(word), int(count)) for word, count in found]

    def all(self, names: Sequence[str]) -> pa.Table:
        """Return columns of all rows in their order, as an Arrow table."""
        query = f"SELECT {', '.join(map(quoted, names))} FROM {self.relation} ORDER BY __place"
        return self.connection.sql(query).to_arrow_table()

    def sample(self, columns: Sequence[str], *, most: int, seed: int, where: str = "TRUE") -> pa.Table:
        """Return at most about so many rows, spread evenly over all and in their order, as an Arrow table.

        Parameters
        ----------
        columns
            SQL of the columns, each with its name.
        most
            Rows wanted; all when there are no more.
        seed
            Turns the pattern; the same seed gives the same rows.
        where
            SQL that says which rows take part.
        """
        threshold = min(_CIRCLE, int(_CIRCLE * most / max(1, self.rows)))
        place = f"((__place * {_GOLDEN} + {seed * 40_503 % _CIRCLE}) % {_CIRCLE}) < {threshold}"
        query = (
            f"SELECT {', '.join(columns)} FROM {self.relation} WHERE {place} AND ({where}) ORDER BY __place"
        )
        return self.connection.sql(query).to_arrow_table()

    def with_columns(self, columns: Sequence[tuple[str, str, ColumnType]]) -> Source:
        """Return the rows with further columns (name, expression, type), each of which sees those before."""
        relation, types = self.relation, dict(self.types)
        for name, expression, kind in columns:
            known = {column: column for column in types}
            try:
                computed = parse_expression(expression).sql(known)
            except KeyError as error:
                raise NotFound(
                    "An expression reads a column that is not there.", found=str(error.args[0]),
                    expected=", ".join(sorted(types)), where=name,
                )  from error  # fmt: skip
            relation = f"(SELECT *, CAST({computed} AS {_SQL[kind]}) AS {quoted(name)} FROM {relation})"
            types[name] = kind
        return Source(self.connection, relation, types)

    def kept(self, where: str | None) -> Source:
        """Return the rows that satisfy an expression: what steps may learn from."""
        if where is None:
            return self
        test = parse_expression(where).sql({name: name for name in self.types})
        return Source(self.connection, f"(SELECT * FROM {self.relation} WHERE {test})", self.types)

    def share(self, test: str) -> float:
        """Return the share of rows for which a test (SQL) is true; 0 without rows."""
        return float(self._one(f"coalesce(avg(({test})::INTEGER::DOUBLE), 0.0)"))

    def _one(self, columns: str) -> Any:
        return self._row(columns)[0]

    def _row(self, columns: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.connection.execute(f"SELECT {columns} FROM {self.relation}").fetchall()[
            0
        ]
        return found


_SQL: dict[ColumnType, str] = {
    "string": "VARCHAR", "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP",
}  # fmt: skip


@contextmanager
def open_rows(
    rows: Sequence[Path] | pa.Table, *, memory_limit: str = "2GB", beside: Path | None = None
) -> Iterator[Source]:
    """Open rows for feature engineering.

    Parameters
    ----------
    rows
        Parquet or CSV files or folders of them, or an Arrow table.
    memory_limit
        What the engine may hold before it spills to disk.
    beside
        Folder on a disk with room; that for temporary files when None.

    Yields
    ------
    Source
        Columns of nested types are left out.

    Raises
    ------
    NotFound
        There is no file.
    InvalidSpec
        There is no column.

    Examples
    --------
    >>> import pyarrow as pa
    >>> with open_rows(pa.table({"amount": [1.0, 2.0, 6.0]})) as source:
    ...     source.rows, source.type("amount"), source.mean("amount")
    (3, 'decimal', 3.0)
    """
    with engine(beside=beside or Path(tempfile.gettempdir()), memory_limit=memory_limit) as (database, _):
        if hasattr(rows, "schema"):
            database.register("given", rows)
            read = "given"
        else:
            read = _reading(cast("Sequence[Path]", rows))
        described = database.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()
        types = {str(row[0]): kind for row in described if (kind := _type(str(row[1])))}
        if not types:
            raise InvalidSpec("The rows have no column of a plain type.", found=f"{len(described)} columns")
        columns = ", ".join(f"{quoted(name)}::{_SQL[kind]} AS {quoted(name)}" for name, kind in types.items())
        database.execute(
            f"CREATE TABLE rows AS SELECT row_number() OVER () AS __place, {columns} FROM {read}"
        )
        yield Source(database, "rows", types)


def data_files(paths: Sequence[Path]) -> list[Path]:
    """Return the Parquet and CSV files that are named, or lie in folders that are, in order.

    Raises
    ------
    NotFound
        A path is not there, or there is no file in all of them.
    """
    missing = [str(path) for path in paths if not path.exists()]
    found = [
        file
        for path in paths
        for file in (sorted(one for one in path.rglob("*") if _is_data(one)) if path.is_dir() else [path])
    ]
    if missing or not found:
        raise NotFound(
            "There are no rows to look at.", found=", ".join(missing or map(str, paths)) or "no path",
            expected="Parquet or CSV files",
        )  # fmt: skip
    return found


def _is_data(path: Path) -> bool:
    return path.suffix.lower() in {".parquet", ".csv"}


def _reading(paths: Sequence[Path]) -> str:
    """Return SQL that reads files, all of one format."""
    files = data_files(paths)
    kinds = {file.suffix.lower() for file in files}
    if len(kinds) > 1:
        raise InvalidSpec(
            "The files are of several formats.", found=", ".join(sorted(kinds)), expected="one format"
        )
    listed = ", ".join(literal(str(file)) for file in files)
    if kinds == {".csv"}:
        return f"read_csv([{listed}], union_by_name=true)"
    return f"read_parquet([{listed}], union_by_name=true, hive_partitioning=true, hive_types_autocast=false)"


def _type(sql: str) -> ColumnType | None:
    """Return the type of an engine's column; None for what no feature can be."""
    if sql in _TYPES:
        return _TYPES[sql]
    if sql.startswith("DECIMAL"):
        return "decimal"
    if sql.startswith("TIMESTAMP"):
        return "timestamp"
    return "integer" if sql.endswith(("INT", "INTEGER")) else None


def _finite(name: str) -> str:
    """Return SQL that says whether a number is one: null, NaN and infinity are not."""
    return f"WHERE isfinite({quoted(name)}::DOUBLE)"
