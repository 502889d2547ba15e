"""Raw rows as imported models take them: a column each, numbers with NaN and texts with None for null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from penstock.errors import NotFound
from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.training.instances import Column

Frame: TypeAlias = Mapping[str, NDArray[Any]]


def read_frame(columns: Sequence[Column], table: pa.Table) -> Frame:
    """Return the raw columns of an Arrow table.

    Raises
    ------
    NotFound
        The table lacks one.
    """
    from penstock.training.arrow import numbers

    missing = sorted({column.name for column in columns} - set(table.column_names))
    if missing:
        raise NotFound(
            "The data lacks columns that the model needs.",
            found=", ".join(table.column_names),
            expected=", ".join(missing),
        )
    return {
        column.name: (
            np.array(table[column.name].to_pylist(), dtype=object)
            if column.type == "string"
            else numbers(table[column.name])
        )
        for column in columns
    }


def matrix(frame: Frame, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return numeric columns side by side, NaN for null.

    Raises
    ------
    ModelRefused
        One of them holds texts, which a model of numbers cannot take.

    Examples
    --------
    >>> matrix({"a": np.array([1.0, np.nan]), "b": np.array([0.0, 1.0])}, ["b", "a"]).tolist()
    [[0.0, 1.0], [1.0, nan]]
    """
    texts = [name for name in columns if frame[name].dtype == object]
    if texts:
        raise ModelRefused(
            "The model takes numbers, and some of its columns are texts.",
            found=", ".join(texts),
            action="Name the columns that it takes, in its order, with --columns.",
        )
    return np.column_stack([frame[name] for name in columns])


def data_frame(
    frame: Frame, columns: Sequence[str], *, levels: Mapping[str, Sequence[Any]] | None = None
) -> Any:
    """Return a pandas data frame: all numbers and truth values are floats, NaN is null also among texts.

    Parameters
    ----------
    levels
        Of columns that become categories; a value that is none of them is null.
    """
    import pandas as pd

    known = levels or {}
    return pd.DataFrame({name: _series(frame[name], pd, known.get(name)) for name in columns})


def _series(values: NDArray[Any], pandas: Any, levels: Sequence[Any] | None) -> Any:
    """Return one column for pandas."""
    if levels:
        known = set(levels)
        told = [value if value in known else None for value in values.tolist()]
        return pandas.Categorical(told, categories=list(levels))
    if values.dtype != object:
        return values
    return pandas.Series([np.nan if value is None else value for value in values.tolist()], dtype=object)
