"""Exact SHAP values of tree ensembles, a batch at a time, many times faster than the boosters' own."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from penstock.explainability.effects import Alone, Together
from penstock.explainability.libraries import TreeModel, tree_model
from penstock.explainability.lookup import summed_effects
from penstock.explainability.paths import base_values
from penstock.explainability.trees import UnreadableTrees

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.floating]

_LOG = logging.getLogger("penstock.explainability")
_FEW = 400
"""Rows below which making tables takes longer than the library's own code."""
TOLERANCE = 1e-5
"""How far sums may be from the model's outputs, relative to the largest (at least one)."""


@dataclass(frozen=True, eq=False)
class TreeShap:
    """SHAP values in the unit in which the trees add up (log-odds, or a forest's probability).

    Attributes
    ----------
    values
        Rows by columns by outputs.
    base
        What the values of each output are added to.
    engine
        ``tables``, or ``library``: the booster's own code.
    fallback
        Why the library's own code had to answer; None if it did not have to.
    largest_error
        How far base and values together are from the model's outputs at most, relative to the largest (at
        least one).
    """

    values: Vector
    base: Vector
    engine: Literal["tables", "library"]
    fallback: str | None
    largest_error: float

    @property
    def single(self) -> tuple[Vector, float]:
        """Rows by columns and the base value, of a model with one output."""
        (base,) = self.base.tolist()
        return self.values[:, :, 0], float(base)


def tree_shap(
    model: Any,
    matrix: ArrayLike,
    *,
    sources: ArrayLike | None = None,
    threads: int | None = None,
    trees: tuple[int, int] | None = None,
    engine: Literal["tables", "library"] | None = None,
) -> TreeShap:
    """Explain rows of a tree ensemble exactly (path-dependent: the trees' own training weights).

    Sums are compared with the model's own outputs. Where they differ by more than ``TOLERANCE``, or the trees
    are of a kind that cannot be read, the library's own code answers; ``fallback`` says why, and so does a
    warning in the log.

    Parameters
    ----------
    model
        What :func:`penstock.explainability.libraries.tree_model` takes.
    matrix
        Rows by encoded columns; NaN is missing.
    sources
        For each encoded column, the number of the original column that its values are added to, as
        ``Preparation.sources``. By default each stands for itself.
    threads
        Cores for the library's own code, by default all. Tables need one.
    trees
        Iterations of boosting, from the first up to the second; by default what the library predicts with.
    engine
        Which code computes. By default tables, or the library's own code for few rows.

    Raises
    ------
    penstock.explainability.UnreadableTrees
        The model is not one of trees, or its trees cannot be read and the library has no SHAP values of its
        own.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> tree = DecisionTreeRegressor().fit([[0, 5], [1, 5]], [10, 20])
    >>> explained = tree_shap(tree, [[0, 5], [1, 5]])
    >>> explained.values[:, :, 0].tolist(), explained.base.tolist()
    ([[-5.0, 0.0], [5.0, 0.0]], [15.0])
    """
    rows, to = _given(matrix, sources)
    cores = threads or os.cpu_count() or 1
    reader = tree_model(model, threads=cores, trees=trees)
    if engine == "library" or (engine is None and reader.explains and 0 < len(rows) < _FEW):
        return _by_library(reader, rows, to)
    try:
        found = _by_tables(reader, rows, to)
        why = None if found.largest_error <= TOLERANCE else f"sums are off by {found.largest_error:.3g}"
    except UnreadableTrees as error:
        why = str(error)
    if why is None:
        return found
    _LOG.warning("The library's own code explains instead of tables: %s", why)
    return replace(_by_library(reader, rows, to), fallback=why)


def tree_interactions(
    model: Any,
    matrix: ArrayLike,
    *,
    sources: ArrayLike | None = None,
    threads: int | None = None,
    trees: tuple[int, int] | None = None,
) -> TreeShap:
    """Split SHAP values into what each column does alone and what each two do together.

    As the shap library has it: an interaction is shared by both columns (half above the diagonal, half
    below), the diagonal is what remains of a SHAP value, so that each row of a matrix adds up to one.
    Interactions of one-hot columns are added up; those within one original column are its own.

    Parameters
    ----------
    model, matrix, sources, threads, trees
        As for :func:`tree_shap`.

    Returns
    -------
        ``values`` are rows by columns by columns by outputs, eight bytes each: a few thousand rows fit.

    Raises
    ------
    penstock.explainability.UnreadableTrees
        The trees cannot be read, or their sums are not the model's outputs.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> both = DecisionTreeRegressor().fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 4])
    >>> tree_interactions(both, [[1, 1]]).values[0, :, :, 0].tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    alone = tree_shap(model, matrix, sources=sources, threads=threads, trees=trees, engine="tables")
    if alone.fallback is not None:
        raise UnreadableTrees("The trees' interactions cannot be computed.", found=alone.fallback)
    rows, to = _given(matrix, sources)
    cores = threads or os.cpu_count() or 1
    effects = Together(to)
    found = summed_effects(tree_model(model, threads=cores, trees=trees).ensemble(), rows, effects)
    values = (
        found.reshape(len(alone.base), effects.columns, effects.columns, len(rows)).transpose(3, 1, 2, 0) / 2
    )
    values += values.transpose(0, 2, 1, 3).copy()
    diagonal = np.arange(effects.columns)
    values[:, diagonal, diagonal] = alone.values - values.sum(axis=2)
    return replace(alone, values=values)


def _given(matrix: ArrayLike, sources: ArrayLike | None) -> tuple[Floats, Ints]:
    """Return rows in floating point, and the original column of each of their columns."""
    rows = np.asarray(matrix)
    rows = rows if rows.dtype in (np.float32, np.float64) else rows.astype(np.float64)
    return rows, np.arange(rows.shape[1]) if sources is None else np.asarray(sources, dtype=np.int64)


def _by_tables(reader: TreeModel, rows: Floats, sources: Ints) -> TreeShap:
    """Explain by tables."""
    ensemble = reader.ensemble()
    outputs = reader.outputs(rows) if len(rows) else np.zeros((0, len(ensemble.base)))
    values = summed_effects(ensemble, rows, Alone(sources)).transpose(2, 1, 0)
    return _checked(values, base_values(ensemble), outputs, engine="tables")


def _by_library(reader: TreeModel, rows: Floats, sources: Ints) -> TreeShap:
    """Explain by the library's own code."""
    outputs = reader.outputs(rows)
    encoded, base = reader.contributions(rows)
    values = np.zeros((int(sources.max(initial=-1)) + 1, len(rows), encoded.shape[2]))
    np.add.at(values, sources, encoded.transpose(1, 0, 2))
    return _checked(values.transpose(1, 0, 2), base, outputs, engine="library")


def _checked(
    values: Vector, base: Vector, outputs: Vector, *, engine: Literal["tables", "library"]
) -> TreeShap:
    """Measure how far sums are from the model's outputs."""
    largest = max(1.0, float(np.abs(outputs).max(initial=0.0)))
    error = float(np.abs(values.sum(axis=1) + base - outputs).max(initial=0.0)) / largest
    return TreeShap(values, base, engine, None, error)
