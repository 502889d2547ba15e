"""The preparation: how raw columns become the numbers that a model sees, the same in training and serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from penstock.training.columns import NumberColumn, TextColumn, WordColumn
from penstock.training.instances import read_instances

if TYPE_CHECKING:
    import pyarrow as pa

Matrix = NDArray[np.float32]
Vector = NDArray[np.float64]


class NumericColumn(BaseModel):
    """A number: nulls become the training median; standardised for linear models."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["numeric"] = "numeric"
    name: str
    type: Literal["integer", "decimal"]
    median: float
    mean: float
    deviation: float
    nulls: bool
    """Whether training had nulls; then an indicator column follows."""

    @property
    def encoded(self) -> list[str]:
        """Names of the matrix columns that this column becomes."""
        return [self.name, f"{self.name} is null"] if self.nulls else [self.name]


class BooleanColumn(BaseModel):
    """Yes or no: nulls become the more frequent value."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["boolean"] = "boolean"
    name: str
    type: Literal["boolean"] = "boolean"
    fill: bool
    nulls: bool

    @property
    def encoded(self) -> list[str]:
        """Names of the matrix columns that this column becomes."""
        return [self.name, f"{self.name} is null"] if self.nulls else [self.name]


class CategoryColumn(BaseModel):
    """A word: one column a frequent level, one for rare or unseen levels, one for null."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["category"] = "category"
    name: str
    type: Literal["string"] = "string"
    levels: tuple[str, ...]

    @property
    def encoded(self) -> list[str]:
        """Names of the matrix columns that this column becomes."""
        return [
            *(f"{self.name} = {level}" for level in self.levels),
            f"{self.name} is other",
            f"{self.name} is null",
        ]

    @cached_property
    def codes(self) -> dict[str, int]:
        """Position of each level."""
        return {level: position for position, level in enumerate(self.levels)}

    @property
    def null(self) -> int:
        """The code of null."""
        return len(self.levels) + 1

    def code(self, word: str) -> int:
        """Return the code of a word; unseen words share one."""
        return self.codes.get(word, len(self.levels))


PreparedColumn = Annotated[
    NumericColumn | BooleanColumn | CategoryColumn | NumberColumn | WordColumn | TextColumn,
    Field(discriminator="kind"),
]


class RowTreatment(BaseModel):
    """How training rows are balanced and multiplied, as learnt from their answers."""

    model_config = ConfigDict(frozen=True)

    weights: dict[str, float] = {}
    """Weight of a row of each class."""
    most: int | None = None
    """Of each class at most so many rows are learnt from."""
    copies: int = 0
    noise: float = 0.0


class Preparation(BaseModel):
    """What was learnt from the training rows about encoding them. Stored as JSON beside each model.

    Examples
    --------
    >>> column = NumericColumn(name="amount", type="decimal", median=5, mean=5, deviation=2, nulls=True)
    >>> preparation = Preparation(columns=(column, CategoryColumn(name="land", levels=("DE",))))
    >>> preparation.names
    ('amount', 'amount is null', 'land = DE', 'land is other', 'land is null')
    >>> preparation.transform_instances([{"amount": None, "land": "XX"}]).tolist()
    [[5.0, 1.0, 0.0, 1.0, 0.0]]
    """

    model_config = ConfigDict(frozen=True)

    format: Literal["penstock-preparation/1", "penstock-preparation/2"] = "penstock-preparation/1"
    """The second has declared steps; the first is still written where none are."""
    columns: tuple[PreparedColumn, ...]
    rows: RowTreatment | None = None
    """What is done to training rows, and to them alone."""

    @classmethod
    def read(cls, path: Path) -> Preparation:
        """Read ``preparation.json``."""
        return cls.model_validate_json(path.read_bytes())

    def write(self, path: Path) -> None:
        """Write ``preparation.json``; equal preparations give equal bytes."""
        absent = None if self.rows else {"rows"}
        path.write_text(self.model_dump_json(indent=1, exclude=absent) + "\n", encoding="utf-8")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the raw columns, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the matrix columns, in order."""
        return tuple(name for column in self.columns for name in column.encoded)

    @cached_property
    def sources(self) -> NDArray[np.int64]:
        """For each matrix column, the position of the raw column that it came from."""
        return np.repeat(np.arange(len(self.columns)), [len(column.encoded) for column in self.columns])

    def transform(self, table: pa.Table, *, scaled: bool = False) -> Matrix:
        """Encode an Arrow table that has (at least) the raw columns."""
        from penstock.training.arrow import read_table

        return self._encode(read_table(self.columns, table), table.num_rows, scaled=scaled)

    def transform_instances(self, instances: Sequence[Mapping[str, Any]], *, scaled: bool = False) -> Matrix:
        """Encode rows given as mappings of raw column to value (None is null).

        Raises
        ------
        penstock.training.instances.InvalidInstances
            Columns are missing, unknown, or hold a value of another type; the message names them.
        """
        return self._encode(read_instances(self.columns, instances), len(instances), scaled=scaled)

    def _encode(self, values: list[Vector], rows: int, *, scaled: bool) -> Matrix:
        """Fill the matrix, column by column, from numbers (NaN is null) and level codes."""
        matrix = np.zeros((rows, len(self.names)), dtype=np.float32)
        position = 0
        for column, raw in zip(self.columns, values, strict=True):
            block = matrix[:, position : position + len(column.encoded)]
            if isinstance(column, NumberColumn | WordColumn | TextColumn):
                column.write(raw, block, scaled=scaled)
            elif isinstance(column, CategoryColumn):
                block[np.arange(rows), raw.astype(np.int64)] = 1.0
            else:
                _fill(column, raw, block, scaled=scaled)
            position += block.shape[1]
        return matrix


def _fill(column: NumericColumn | BooleanColumn, raw: Vector, block: Matrix, *, scaled: bool) -> None:
    """Write a number's column, and its null indicator where training had nulls."""
    null = np.isnan(raw)
    fill = column.median if isinstance(column, NumericColumn) else float(column.fill)
    filled = np.where(null, fill, raw)
    if scaled and isinstance(column, NumericColumn):
        filled = (filled - column.mean) / column.deviation
    block[:, 0] = filled
    if column.nulls:
        block[:, 1] = null
