"""The background: a few raw training rows, kept in the model's package, that explanations compare a row with.

A model that is only asked for predictions is explained by what its answers become when some columns take the
values of other rows. Those rows travel with the model in :data:`BACKGROUND`, so that an endpoint or a batch
job explains without the training data. They are what training saw: the raw input columns of the model, no
target, no keys, columns that the contract calls personal or special as they are, because the model needs
their true values. Nothing shows them: an explanation tells of the row that was asked about, and of medians.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from penstock.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

BACKGROUND = "background.parquet"
"""Name of the file in a model's folder."""
ROWS = 100
"""The most rows that a background has."""


def background_of(table: pa.Table, inputs: Sequence[str], *, rows: int = ROWS, seed: int = 7) -> pa.Table:
    """Choose a background from training rows: the same rows for the same table and seed.

    Parameters
    ----------
    table
        Raw training rows, with other columns or without.
    inputs
        The model's raw columns; only these are kept, in this order.
    rows
        At most so many are chosen, at random without replacement, and stay in their order. Rows with an
        infinite number are left out.
    seed
        Of the choice.

    Raises
    ------
    NotFound
        The table lacks a column, or has no rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> background_of(pa.table({"key": range(9), "a": range(9)}), ["a"], rows=3)["a"].to_pylist()
    [5, 6, 8]
    """
    missing = sorted(set(inputs) - set(table.column_names))
    if missing or not table.num_rows:
        raise NotFound(
            "There are no training rows to explain with.",
            found=", ".join(table.column_names) if missing else "no rows",
            expected=f"the columns {', '.join(missing)}" if missing else "at least one row",
        )
    usable = without_infinities(table.select(list(inputs)))
    count = min(rows, usable.num_rows)
    chosen = np.sort(np.random.default_rng(seed).choice(usable.num_rows, count, replace=False))
    return usable.take(chosen).combine_chunks()


def without_infinities(table: pa.Table) -> pa.Table:
    """Return the rows whose numbers are finite or missing; all of them if no row is.

    Few models answer an infinite number, and a mean over rows with one tells nothing of the others.
    """
    import pyarrow as pa

    from penstock.training.arrow import numbers

    usable = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if pa.types.is_floating(column.type):
            usable &= ~np.isinf(numbers(column))
    return table if usable.all() or not usable.any() else table.filter(pa.array(usable))


def write_background(
    folder: Path, table: pa.Table, inputs: Sequence[str], *, rows: int = ROWS, seed: int = 7
) -> Path:
    """Write a background into a model's folder; equal tables and seeds give equal bytes.

    Parameters
    ----------
    folder
        The model's folder.
    table, inputs, rows, seed
        As for :func:`background_of`.
    """
    path = folder / BACKGROUND
    chosen = background_of(table, inputs, rows=rows, seed=seed).replace_schema_metadata(None)
    _parquet().write_table(chosen, path, compression="zstd")
    return path


def read_background(folder: Path) -> pa.Table | None:
    """Read the background of a model's folder; None if the package has none."""
    path = folder / BACKGROUND
    if not path.is_file():
        return None
    return cast("pa.Table", _parquet().ParquetFile(path).read())


def _parquet() -> Any:
    """Return pyarrow's Parquet module, without pyarrow.dataset (which loads pandas)."""
    from importlib import import_module

    return import_module("pyarrow.parquet")
