"""Partial dependence and individual curves: how the score moves when one column, or two, take other values.

The partial dependence of a column at a value is the mean score over rows in which the column has that value
and everything else is as it was [1]_; the curve of a single row is its individual conditional expectation
[2]_. Where individual curves are not parallel, the column acts together with others.

.. [1] J. Friedman, "Greedy Function Approximation" (2001), section 8.2.
.. [2] A. Goldstein and others, "Peeking Inside the Black Box" (2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.explainability.mixing import CannotExplain, Pool
from penstock.training.arrow import count_words, known_numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Vector
    from penstock.training.artefact import ModelColumn

    Ints = NDArray[np.int64]

_ENDS = (0.01, 0.99)
"""Quantiles between which the values of a number are: beyond, there are few rows to tell of."""
_BOTH = 2


class Axis(BaseModel):
    """The values that a column takes: quantiles of a number, the most frequent words, null as None."""

    model_config = ConfigDict(frozen=True)

    column: str
    kind: Literal["number", "word"]
    values: tuple[float | str | bool | None, ...]


class PartialDependence(BaseModel):
    """The mean score by the values of one column or two.

    Attributes
    ----------
    axes
        One or two columns with their values.
    outputs
        Classes or clusters, if there are several.
    mean
        Of each output (one, unless there are several) the mean score at each value, or at each value of the
        first column and each of the second.
    curves
        Of some rows the score at each value: of the only output, or of the row's own class. None of two
        columns.
    rows
        Over how many rows means are taken.
    """

    model_config = ConfigDict(frozen=True)

    axes: tuple[Axis, ...]
    outputs: tuple[str, ...] = ()
    mean: tuple[tuple[Any, ...], ...]
    curves: tuple[tuple[float, ...], ...] = ()
    rows: int

    @property
    def span(self) -> float:
        """From the lowest to the highest mean score, of the output in which they are furthest apart."""
        return max(float(np.ptp(one)) for one in self.mean)


def partial_dependence(
    predictor: Predictor,
    table: pa.Table,
    columns: str | Sequence[str],
    *,
    values: int = 20,
    rows: int = 200,
    curves: int = 20,
) -> PartialDependence:
    """Return the mean score by the values of a column, or of two.

    Parameters
    ----------
    predictor
        The model.
    table
        Raw rows that say which values there are; at most ``rows`` of them, evenly spaced, are averaged over.
    columns
        The name of a column, or of two.
    values
        At most so many values a column: quantiles of a number from the first to the last hundredth, the most
        frequent words.
    rows
        How many rows the mean is over.
    curves
        Of how many rows, evenly spaced, the curve is told, if it is one column.

    Raises
    ------
    CannotExplain
        There is no such column, it has no values, or more than two were given.
    """
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    if not 1 <= len(names) <= _BOTH or len(set(names)) != len(names):
        raise CannotExplain("Give one column or two.", found=", ".join(names) or "none")
    axes = tuple(_axis(_column(predictor, name), table, values) for name in names)
    some = table.take(_spaced(table.num_rows, rows))
    scores = _scores(predictor, some, axes)
    shape = tuple(len(axis.values) for axis in axes)
    mean = np.moveaxis(scores.mean(axis=0), -1, 0).reshape(-1, *shape)
    several = scores.shape[2] > 1
    told = _spaced(len(scores), curves if len(axes) == 1 else 0)
    return PartialDependence(
        axes=axes,
        outputs=predictor.card.classes if several else (),
        mean=mean.tolist(),
        curves=_own(scores[told]).tolist(),
        rows=len(scores),
    )


def partial_dependences(
    predictor: Predictor,
    table: pa.Table,
    columns: Sequence[str] | None = None,
    *,
    values: int = 20,
    rows: int = 200,
    curves: int = 20,
) -> list[PartialDependence]:
    """Return the partial dependence of every column by itself, the one that moves the score most first.

    Columns without any value are left out. Parameters are those of :func:`partial_dependence`; all columns
    unless some are given.
    """
    found = [
        partial_dependence(predictor, table, name, values=values, rows=rows, curves=curves)
        for name in (predictor.inputs if columns is None else columns)
        if table[name].null_count < table.num_rows
    ]
    return sorted(found, key=lambda one: -one.span)


def _scores(predictor: Predictor, rows: pa.Table, axes: tuple[Axis, ...]) -> Vector:
    """Return the score of every row at every value or pair of values: rows by values by outputs."""
    count, columns = rows.num_rows, predictor.card.columns
    pool = Pool.of(predictor, rows.select(list(predictor.inputs)), *(_rows(columns, one) for one in axes))
    starts = np.cumsum([count, *(len(one.values) for one in axes)])
    grid = np.meshgrid(
        *(start + np.arange(len(one.values)) for start, one in zip(starts, axes, strict=False)),
        indexing="ij",
    )
    points = len(grid[0].ravel())
    places = np.repeat(pool.alone(slice(0, count)), points, axis=0)
    for axis, at in zip(axes, grid, strict=True):
        places[:, predictor.inputs.index(axis.column)] = np.tile(at.ravel(), count)
    return pool.scores(places).reshape(count, points, -1)


def _own(scores: Vector) -> Vector:
    """Return of each row the curve of its own class, which is the one that is likeliest on average."""
    said = scores.mean(axis=1).argmax(axis=1) if len(scores) else np.zeros(0, np.int64)
    return np.asarray(np.take_along_axis(scores, said[:, None, None], axis=2)[:, :, 0])


def _column(predictor: Predictor, name: str) -> ModelColumn:
    """Find a column of the model."""
    found = next((one for one in predictor.card.columns if one.name == name), None)
    if found is None:
        known = ", ".join(predictor.inputs)
        raise CannotExplain("The model has no such column.", found=name, expected=f"one of {known}")
    return found


def _axis(column: ModelColumn, table: pa.Table, most: int) -> Axis:
    """Choose the values of a column."""
    raw = table[column.name]
    if column.type in ("integer", "decimal"):
        known = known_numbers(raw)
        known = known[np.isfinite(known)]
        if len(known):
            return Axis(column=column.name, kind="number", values=_quantiles(column, known, most))
    words = count_words(raw)
    frequent = sorted(words, key=lambda word: (-words[word], word))[:most]
    if not frequent:
        raise CannotExplain("The column has no values.", found=f"{table.num_rows} rows", where=column.name)
    values: list[Any] = [word == "true" for word in frequent] if column.type == "boolean" else frequent
    missing = [None] if raw.null_count else []
    return Axis(column=column.name, kind="word", values=(*values, *missing))


def _quantiles(column: ModelColumn, known: Vector, most: int) -> tuple[float, ...]:
    """Return different quantiles of a number; all values if there are few."""
    distinct = np.unique(known)
    if len(distinct) > most:
        found = np.quantile(known, np.linspace(*_ENDS, most))
        distinct = np.unique(np.round(found) if column.type == "integer" else found)
    return tuple(distinct.tolist())


def _rows(columns: Sequence[ModelColumn], axis: Axis) -> pa.Table:
    """Return rows that have the values of an axis, and nothing else."""
    import pyarrow as pa

    return pa.table(
        {
            one.name: pa.array(list(axis.values) if one.name == axis.column else [None] * len(axis.values))
            for one in columns
        }
    )


def _spaced(count: int, wanted: int) -> Ints:
    """Return at most ``wanted`` positions, evenly spaced from first to last."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))
