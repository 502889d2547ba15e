"""Rows of files, Parquet or CSV, as a model takes them: a piece at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from penstock.errors import NotFound, SchemaMismatch, UnreadableFile
from penstock.serving.requests import read_cell

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.training.artefact import ModelColumn

_PIECE = 1_000


def read_rows(folder: Path, columns: Sequence[ModelColumn]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield file name, number and columns of each row of the files below a folder.

    Parameters
    ----------
    folder
        Parquet files, or CSV files with a header.
    columns
        What the model takes; other columns are left out.

    Raises
    ------
    NotFound
        There is no such file.
    SchemaMismatch
        A file lacks a column of the model.
    UnreadableFile
        A file is not what its name says.
    """
    paths = sorted(path for kind in ("*.parquet", "*.csv") for path in folder.rglob(kind))
    if not paths:
        raise NotFound("There are no rows to explain.", expected="files *.parquet or *.csv")
    for path in paths:
        rows = _parquet(path, columns) if path.suffix == ".parquet" else _csv(path, columns)
        name = str(path.relative_to(folder))
        for number, row in enumerate(rows):
            yield name, number, row


def _parquet(path: Path, columns: Sequence[ModelColumn]) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    parquet: Any = import_module("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path) as file:
            _refuse_lacking(path, file.schema_arrow.names, columns)
            names = [column.name for column in columns]
            for batch in file.iter_batches(batch_size=_PIECE, columns=names):
                for row in batch.to_pylist():
                    yield {name: _plain(row[name]) for name in names}
    except pa.ArrowInvalid as error:
        raise UnreadableFile("The file is no Parquet.", found=str(error), where=path.name) from error


def _csv(path: Path, columns: Sequence[ModelColumn]) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            _refuse_lacking(path, lines.fieldnames or (), columns)
            for number, line in enumerate(lines):
                yield _typed(line, columns, number)
    except UnicodeDecodeError as error:
        raise UnreadableFile("The file is not UTF-8.", found=str(error), where=path.name) from error


def _typed(line: Mapping[str, str | None], columns: Sequence[ModelColumn], number: int) -> dict[str, Any]:
    """Return a line of CSV as the container would read it."""
    return {column.name: read_cell(line[column.name] or "", column, number) for column in columns}


def _plain(value: Any) -> Any:
    """Return a value of Parquet as JSON would have it."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def _refuse_lacking(path: Path, names: Sequence[str], columns: Sequence[ModelColumn]) -> None:
    """Refuse a file without all the columns of the model."""
    if missing := [column.name for column in columns if column.name not in names]:
        raise SchemaMismatch(
            "The rows do not have the model's columns.",
            found=f"missing: {', '.join(missing)}",
            expected=", ".join(column.name for column in columns),
            where=path.name,
            action="Features of views are not in a dataset: name the prepared rows of a run "
            "(runs/<use case>/<run>/prepared), or ask the endpoint, which adds them.",
        )
