"""Learning a preparation from the training rows, and from them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

import numpy as np

from penstock.errors import InvalidSpec, TrainingRefused
from penstock.specs import FeatureView, UseCase
from penstock.specs.feature_sets import feature_types
from penstock.specs.preparing import InputType
from penstock.training.arrow import count_words, known_numbers, varies
from penstock.training.learning import learn_column, learn_rows, refuse_infinite
from penstock.training.preparation import (
    BooleanColumn,
    CategoryColumn,
    NumericColumn,
    Preparation,
    PreparedColumn,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.specs.model import Problem
    from penstock.specs.preparing import PreparationSpec

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


def fit_preparation(
    table: pa.Table,
    columns: Sequence[InputColumn],
    spec: PreparationSpec | None = None,
    problem: Problem = "binary",
) -> Preparation:
    """Learn medians, scales and levels, and what declared steps need, from training rows.

    Raises
    ------
    TrainingRefused
        Every column holds one single value, or one holds infinite numbers.
    InvalidSpec
        A declared step does not fit its column, or names none.
    """
    refuse_infinite(table, [column.name for column in columns if column.type == "decimal"])
    if spec is not None and (unknown := sorted(spec.columns.keys() - {column.name for column in columns})):
        raise InvalidSpec("The preparation names columns that the model has not.", found=", ".join(unknown))
    fitted = tuple(_fit_declared(column, table[column.name], spec) for column in columns)
    if not any(varies(table[column.name]) for column in columns):
        raise TrainingRefused(
            "Every input column is constant in the training rows.",
            found=", ".join(column.name for column in columns),
            expected="at least one column with two values",
        )
    if spec is None:
        return Preparation(columns=fitted)
    rows = learn_rows(spec, table, problem)
    return Preparation(format="penstock-preparation/2", columns=fitted, rows=rows)


def _fit_declared(
    column: InputColumn, values: pa.ChunkedArray, spec: PreparationSpec | None
) -> PreparedColumn:
    """Learn one column as declared, or as always."""
    steps = spec.steps(column.name, column.type) if spec else None
    return learn_column(column.name, column.type, steps, values) if steps else _fit(column, values)


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
