"""Rows put together from the columns of other rows, and what a model says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from penstock.errors import PenstockError
from penstock.training.artefact import IMPORTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Matrix, Vector
    from penstock.training.artefact import ModelColumn

    Ints = NDArray[np.int64]

_compute: Any = import_module("pyarrow.compute")
_TYPES = {"integer": pa.int64(), "decimal": pa.float64(), "boolean": pa.bool_(), "string": pa.string()}
_ROWS, _CELLS = 65_536, 8_000_000
"""Rows, and numbers, that a model is given at once."""


class CannotExplain(PenstockError, ValueError):
    """A model cannot be explained the way that was asked for, or not with what was given."""


def sees_encoded(predictor: Predictor) -> bool:
    """Say whether a model sees what a preparation of ours makes of a row, or the raw row itself."""
    return getattr(predictor, "preparation", None) is not None and predictor.card.algorithm != IMPORTED


@dataclass(frozen=True, eq=False)
class Pool:
    """Raw rows whose columns can be mixed. Make it with :meth:`of`.

    A mixed row is told by the position in the pool that each of its columns comes from.
    """

    predictor: Predictor
    table: pa.Table

    @classmethod
    def of(cls, predictor: Predictor, *tables: pa.Table) -> Pool:
        """Put the model's columns of several tables end to end.

        Raises
        ------
        CannotExplain
            A table lacks a column, or holds values of another type.
        """
        columns = predictor.card.columns
        return cls(predictor, pa.table({one.name: _joined(one, tables) for one in columns}))

    @property
    def rows(self) -> int:
        """How many rows are in the pool."""
        return int(self.table.num_rows)

    @property
    def columns(self) -> int:
        """How many columns a row has."""
        return int(self.table.num_columns)

    @cached_property
    def codes(self) -> Ints:
        """Numbers that are equal where the pool's values are: rows by columns."""
        return np.stack([_coded(column) for column in self.table.columns], axis=1)

    def alone(self, place: int | slice) -> Ints:
        """Return rows of the pool as they are, in the form that :meth:`scores` takes."""
        chosen = np.atleast_1d(np.arange(self.rows)[place])
        return np.repeat(chosen[:, None], self.columns, axis=1)

    def scores(self, places: Ints) -> Vector:
        """Return what the model says of mixed rows: rows by outputs.

        Parameters
        ----------
        places
            Rows by columns: from where in the pool each value comes.
        """
        width = self.columns if self._encoded is None else self._encoded.shape[1]
        step = max(1, min(_ROWS, _CELLS // max(1, width)))
        parts = [self._answer(places[start : start + step]) for start in range(0, len(places), step)]
        found = np.concatenate(parts) if parts else np.zeros((0, 1))
        if not np.isfinite(found).all():
            raise CannotExplain(
                "The model answers a row with what is not a number.",
                found=str(found[~np.isfinite(found)].ravel()[0]),
                expected="finite scores for all mixtures of the row and the background",
            )
        return found

    def mixed(self, places: Ints) -> pa.Table:
        """Return mixed rows, raw."""
        names = self.table.column_names
        return pa.table({name: self.table[name].take(pa.array(places[:, n])) for n, name in enumerate(names)})

    @cached_property
    def _encoded(self) -> Matrix | None:
        """The pool as the model's algorithm sees it; None of a model that takes raw rows."""
        if not sees_encoded(self.predictor):
            return None
        return self.predictor.preparation.transform(self.table, scaled=self.predictor.model.scaled)

    def _answer(self, places: Ints) -> Vector:
        """Ask the model."""
        if self._encoded is None:
            found = self.predictor.scores(self.mixed(places))
        else:
            sources = self.predictor.preparation.sources
            found = self.predictor.model.scores(np.take_along_axis(self._encoded, places[:, sources], axis=0))
        return np.asarray(found, dtype=np.float64).reshape(len(places), -1)


def instances_table(columns: Sequence[ModelColumn], instances: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Turn rows given as mappings into a table.

    Raises
    ------
    CannotExplain
        A row lacks a column, or holds a value of another type.
    """
    return pa.table({one.name: _array(one, instances) for one in columns})


def _array(column: ModelColumn, instances: Sequence[Mapping[str, Any]]) -> pa.Array:
    """Return one column of some rows; whole numbers may be given with a fraction."""
    missing = [number for number, row in enumerate(instances) if column.name not in row]
    if missing:
        raise CannotExplain("A row lacks a column.", expected=column.name, where=f"instance {missing[0]}")
    values = [row[column.name] for row in instances]
    kinds = [pa.int64(), pa.float64()] if column.type == "integer" else [_TYPES[column.type]]
    for kind in kinds:
        try:
            return pa.array(values, kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            continue
    raise CannotExplain(
        f"Column {column.name!r} holds a value of another type.",
        found=repr(values)[:100],
        expected=column.type,
    )


def _joined(column: ModelColumn, tables: Sequence[pa.Table]) -> pa.Array:
    """Put one column of several tables end to end, in one type."""
    lacking = [table for table in tables if column.name not in table.column_names]
    if lacking:
        found = ", ".join(lacking[0].column_names)
        raise CannotExplain("The rows lack a column of the model.", found=found, expected=column.name)
    parts = [table[column.name] for table in tables]
    kind = _TYPES[column.type]
    if column.type == "integer" and any(pa.types.is_floating(part.type) for part in parts):
        kind = pa.float64()
    try:
        return pa.concat_arrays([_whole(_compute.cast(part, kind)) for part in parts])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CannotExplain(
            f"Column {column.name!r} holds values of another type.", found=str(error), expected=column.type
        ) from error


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def _coded(column: pa.ChunkedArray) -> Ints:
    """Return a number for each value, the same for equal ones; null is -1."""
    encoded: Any = _whole(column).dictionary_encode()
    codes = _compute.fill_null(_compute.cast(encoded.indices, pa.int64()), -1)
    return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64)
