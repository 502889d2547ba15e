"""Rows as a caller sends them (mappings of column to value), checked and turned into numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from penstock.errors import PenstockError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.training.columns import NumberColumn, TextColumn, WordColumn
    from penstock.training.preparation import BooleanColumn, CategoryColumn, NumericColumn, Vector

    Number: TypeAlias = NumericColumn | BooleanColumn | NumberColumn
    Text: TypeAlias = CategoryColumn | WordColumn | TextColumn
    Column: TypeAlias = Number | Text


class InvalidInstances(PenstockError, ValueError):
    """Rows to predict lack columns, have unknown ones, or values of another type."""


def read_instances(columns: Sequence[Column], instances: Sequence[Mapping[str, Any]]) -> list[Vector]:
    """Check rows and return one vector a column: numbers with NaN for null, or level codes."""
    _check_columns(columns, instances)
    return [_vector(column, [row[column.name] for row in instances]) for column in columns]


def raw_instances(
    columns: Sequence[Column], instances: Sequence[Mapping[str, Any]]
) -> dict[str, NDArray[Any]]:
    """Check rows and return their columns as they are: numbers with NaN, or texts with None, for null.

    Examples
    --------
    >>> from penstock.training.preparation import CategoryColumn
    >>> land = CategoryColumn(name="land", levels=("DE",))
    >>> raw_instances([land], [{"land": "XX"}, {"land": None}])["land"].tolist()
    ['XX', None]
    """
    _check_columns(columns, instances)
    return {column.name: _raw(column, [row[column.name] for row in instances]) for column in columns}


def _raw(column: Column, values: list[Any]) -> NDArray[Any]:
    """Return one column's values as they are."""
    if column.type == "string":
        return np.array([_text(column, value, n) for n, value in enumerate(values)], dtype=object)
    return np.array([_number(column, value, n) for n, value in enumerate(values)], dtype=np.float64)


def _check_columns(columns: Sequence[Column], instances: Sequence[Mapping[str, Any]]) -> None:
    """Refuse rows that have other columns."""
    expected = {column.name for column in columns}
    for number, row in enumerate(instances):
        if row.keys() != expected:
            _refuse_columns(expected, row, number)


def _refuse_columns(expected: set[str], row: Mapping[str, Any], number: int) -> None:
    """Name the columns that a row lacks or should not have."""
    missing, unknown = sorted(expected - row.keys()), sorted(map(str, row.keys() - expected))
    parts = [f"missing: {', '.join(missing)}"] if missing else []
    parts += [f"unknown: {', '.join(unknown)}"] if unknown else []
    raise InvalidInstances(
        "A row does not have the model's input columns.",
        found="; ".join(parts),
        expected=", ".join(sorted(expected)),
        where=f"instance {number}",
    )


def _vector(column: Column, values: list[Any]) -> Vector:
    """Turn one column's values into numbers, level codes or counts of words."""
    if column.kind == "text":
        return column.counts([_text(column, value, n) for n, value in enumerate(values)]).astype(np.float64)
    if column.kind == "category" or column.kind == "word":  # noqa: PLR1714 - mypy narrows by equality
        return np.array([_code(column, value, n) for n, value in enumerate(values)], dtype=np.float64)
    return np.array([_number(column, value, n) for n, value in enumerate(values)], dtype=np.float64)


def _code(column: CategoryColumn | WordColumn, value: Any, number: int) -> int:
    """Find a level's position; unseen words are "other"."""
    word = _text(column, value, number)
    return column.null if word is None else column.code(word)


def _text(column: Text, value: Any, number: int) -> str | None:
    """Check a text; None is null."""
    if value is not None and not isinstance(value, str):
        raise _wrong(column, value, "text", number)
    return value


def _number(column: Number, value: Any, number: int) -> float:
    """Check a number or boolean; None and NaN are null."""
    if value is None:
        return math.nan
    if column.kind == "boolean":
        if value not in (True, False) or isinstance(value, str):
            raise _wrong(column, value, "true or false", number)
    elif isinstance(value, bool) or not isinstance(value, int | float) or math.isinf(value):
        raise _wrong(column, value, "a finite number", number)
    return float(value)


def _wrong(column: Column, value: Any, expected: str, number: int) -> InvalidInstances:
    """Build the error for a value of another type."""
    return InvalidInstances(
        f"Column {column.name!r} holds a value of another type.",
        found=repr(value)[:100],
        expected=expected,
        where=f"instance {number}",
    )
