"""Parquet files of the offline store: the same rows make the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

# pyarrow makes its functions at run time and types few of them.
_parquet: Any = import_module("pyarrow.parquet")
ROW_GROUP = 122_880


class RowWriter:
    """Writes tables to one Parquet file in row groups of a fixed size, whatever the tables' sizes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer: Any = _parquet.ParquetWriter(path, schema, compression="zstd")
        self._schema, self._kept, self._size = schema, list[pa.Table](), 0
        self.rows = 0

    def __enter__(self) -> RowWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._writer.close()

    def close(self) -> None:
        """Write the rows that are left and end the file."""
        if self._size:
            self._write(pa.concat_tables(self._kept))
        self._writer.close()

    def add(self, table: pa.Table) -> None:
        """Write a table's rows after those before."""
        self._kept.append(table.cast(self._schema))
        self._size += len(table)
        if self._size < ROW_GROUP:
            return
        whole = pa.concat_tables(self._kept)
        full = self._size - self._size % ROW_GROUP
        for start in range(0, full, ROW_GROUP):
            self._write(whole.slice(start, ROW_GROUP))
        self._kept, self._size = [whole.slice(full)], self._size - full

    def _write(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=ROW_GROUP)
        self.rows += len(table)


def write_rows(tables: Iterable[pa.Table], path: Path, schema: pa.Schema) -> int:
    """Write tables to one file and return their rows."""
    with RowWriter(path, schema) as writer:
        for table in tables:
            writer.add(table)
    return writer.rows
