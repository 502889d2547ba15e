"""Learning a preparation from the training rows, and from them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

import numpy as np

from penstock.errors import InvalidSpec, TrainingRefused
from penstock.specs import FeatureView, UseCase
from penstock.specs.feature_sets import feature_types
from penstock.training.arrow import count_words, known_numbers, varies
from penstock.training.preparation import BooleanColumn, CategoryColumn, NumericColumn, Preparation

if TYPE_CHECKING:
    import pyarrow as pa

InputType = Literal["integer", "decimal", "boolean", "string"]
MAXIMUM_LEVELS = 50
RESERVED = frozenset({"label", "arrival"})
"""Columns that preparing adds."""


@dataclass(frozen=True)
class InputColumn:
    """A raw column that the model sees."""

    name: str
    type: InputType


def input_columns(use_case: UseCase) -> tuple[InputColumn, ...]:
    """List the model's raw columns: those of the dataset, of its feature views, and those computed on demand.

    Raises
    ------
    InvalidSpec
        A feature is a date or timestamp, or two features share a name.
    """
    contract = use_case.contract(use_case.model.dataset)
    types = {column.name: column.type for column in contract.columns} if contract else {}
    own = [_input(name, types[name]) for name in use_case.model.features]
    joined = [
        _input(name, kind)
        for view in use_case.model_views
        for name, kind in _view_types(use_case, view).items()
    ]
    computed = [_input(feature.name, feature.type) for feature in use_case.model_on_demand]
    columns = (*own, *joined, *computed)
    names = [column.name for column in columns]
    if reserved := sorted(RESERVED.intersection(names)):
        raise InvalidSpec(
            "A feature has a name that preparing uses itself.",
            found=", ".join(reserved),
            where=use_case.name,
            action="Rename the column.",
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidSpec(
            "Two features of the model share a name.",
            found=", ".join(twice),
            where=use_case.name,
            action="Rename the feature of the view.",
        )
    return columns


def _view_types(use_case: UseCase, view: FeatureView) -> Mapping[str, str]:
    """Return the types of a view's features."""
    contract = use_case.contract(view.dataset)
    return feature_types(view, contract) if contract else {}


def _input(name: str, kind: str) -> InputColumn:
    """Check that a column's type can be a feature."""
    if kind in get_args(InputType):
        return InputColumn(name, cast("InputType", kind))
    raise InvalidSpec(
        "A moment cannot be a feature as it is.",
        found=f"{name} ({kind})",
        expected="string, integer, decimal or boolean",
        action="Use parts of it (month, weekday, age) as columns.",
    )


def fit_preparation(table: pa.Table, columns: Sequence[InputColumn]) -> Preparation:
    """Learn medians, scales and levels from training rows.

    Raises
    ------
    TrainingRefused
        Every column holds one single value.
    """
    fitted = tuple(_fit(column, table[column.name]) for column in columns)
    if not any(varies(table[column.name]) for column in columns):
        raise TrainingRefused(
            "Every input column is constant in the training rows.",
            found=", ".join(column.name for column in columns),
            expected="at least one column with two values",
        )
    return Preparation(columns=fitted)


def _fit(column: InputColumn, values: pa.ChunkedArray) -> NumericColumn | BooleanColumn | CategoryColumn:
    """Learn one column."""
    nulls = values.null_count > 0
    if column.type == "string":
        return CategoryColumn(name=column.name, levels=_levels(values))
    known = known_numbers(values)
    if column.type == "boolean":
        fill = bool(known.size and 2 * known.sum() >= known.size)
        return BooleanColumn(name=column.name, fill=fill, nulls=nulls)
    if not known.size:
        return NumericColumn(name=column.name, type=column.type, median=0, mean=0, deviation=1, nulls=True)
    deviation = float(known.std())
    return NumericColumn(
        name=column.name,
        type=column.type,
        median=float(np.median(known)),
        mean=float(known.mean()),
        deviation=deviation or 1.0,
        nulls=nulls,
    )


def _levels(values: pa.ChunkedArray) -> tuple[str, ...]:
    """Return the most frequent words, most frequent first, ties in alphabetical order."""
    ranked = sorted(count_words(values).items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(word for word, _ in ranked[:MAXIMUM_LEVELS])
