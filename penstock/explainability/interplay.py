"""Which columns act together.

Trees tell their interactions exactly (:func:`penstock.explainability.tree_interactions`). Of any other model
Friedman and Popescu's H statistic [1]_ is estimated: the share of what two columns do to the mean score that
is not the sum of what each does alone.

.. [1] J. Friedman and B. Popescu, "Predictive Learning via Rule Ensembles" (2008), section 8.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.explainability.libraries import tree_model
from penstock.explainability.mixing import Pool, sees_encoded
from penstock.explainability.paths import levels
from penstock.explainability.tree_values import tree_interactions
from penstock.explainability.trees import UnreadableTrees

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Vector

    Ints = NDArray[np.int64]

_LEAST = 1e-9
_FEW, _CELLS = 40, 20_000_000
_MOST_NODES, _DEEPEST = 60_000, 12
"""Trees with more nodes, or deeper ones, take too long to tell their interactions."""


class Interaction(BaseModel):
    """Two columns that act together.

    Attributes
    ----------
    strength
        ``shap``: the mean absolute interaction value of the pair, in the unit in which the trees add up.
        ``h``: how far the pair's effect on the mean score is from the sum of what each does alone (the root
        of the mean square).
    share
        The H statistic: that distance by the pair's whole effect, from 0 to about 1; None of trees.
    """

    model_config = ConfigDict(frozen=True)

    columns: tuple[str, str]
    strength: float
    share: float | None = None
    measure: Literal["shap", "h"]


def interactions(
    predictor: Predictor,
    table: pa.Table,
    *,
    rows: int = 500,
    columns: int = 6,
    most: int = 10,
    exact: bool = True,
    among: Sequence[str] | None = None,
) -> list[Interaction]:
    """Return the pairs of columns that act together most, the strongest first.

    Parameters
    ----------
    predictor
        The model.
    table
        Raw rows.
    rows
        At most so many of them, evenly spaced, are looked at; 40 for the H statistic.
    columns
        Between how many columns the H statistic is looked for: those that move the mean score most.
    most
        How many pairs are returned.
    among
        Look for the H statistic between these columns alone.
    exact
        Let trees tell their own, unless they are large; else the H statistic is estimated of them, too.
    """
    if exact and sees_encoded(predictor):
        classes = max(1, len(predictor.card.classes))
        fitting = min(rows, _CELLS // (len(predictor.inputs) ** 2 * classes))
        try:
            return _of_trees(predictor, table.take(_spaced(table.num_rows, fitting)))[:most]
        except UnreadableTrees:
            pass
    names = predictor.inputs if among is None else tuple(among)
    some = table.take(_spaced(table.num_rows, min(rows, _FEW)))
    return _estimated(predictor, some, names, columns)[:most]


def _of_trees(predictor: Predictor, table: pa.Table) -> list[Interaction]:
    """Ask the trees."""
    if table.num_rows < _FEW // 2:
        raise UnreadableTrees("There are too many columns for all their pairs, or too few rows.")
    ensemble = tree_model(predictor.model, threads=1).ensemble()
    if len(ensemble.left) > _MOST_NODES or len(levels(ensemble)) - 1 > _DEEPEST:
        raise UnreadableTrees("The trees are too large.", found=f"{len(ensemble.left):,} nodes")
    matrix = predictor.preparation.transform(table, scaled=predictor.model.scaled)
    found = tree_interactions(predictor.model, matrix, sources=predictor.preparation.sources).values
    # Half of what a pair does stands above the diagonal, half below.
    strength = 2 * np.abs(found).mean(axis=(0, 3))
    return _ranked(predictor.inputs, strength)


def _estimated(
    predictor: Predictor, table: pa.Table, names: tuple[str, ...], columns: int
) -> list[Interaction]:
    """Estimate the H statistic between the columns that move the mean score most."""
    pool = Pool.of(predictor, table.select(list(predictor.inputs)))
    alone = {place: _centred(pool, (place,)) for place in map(predictor.inputs.index, names)}
    strongest = sorted(alone, key=lambda place: -_size(alone[place]))[:columns]
    found = np.zeros((pool.columns, pool.columns))
    share = np.zeros_like(found)
    for one, other in combinations(sorted(strongest), 2):
        both = _centred(pool, (one, other))
        apart = _size(both - alone[one] - alone[other])
        if apart > _LEAST * max(1.0, _size(both)):
            found[one, other], share[one, other] = apart, apart / _size(both)
    return _ranked(predictor.inputs, found, share)


def _size(effect: Vector) -> float:
    """Return the root of the mean square over rows, of the output in which it is largest."""
    return float(np.sqrt((effect**2).mean(axis=0)).max())


def _centred(pool: Pool, columns: tuple[int, ...]) -> Vector:
    """Return the mean score when columns are those of each row, less its mean: rows by outputs."""
    rows = pool.rows
    places = np.tile(pool.alone(slice(None)), (rows, 1))
    for column in columns:
        places[:, column] = np.repeat(np.arange(rows), rows)
    mean = pool.scores(places).reshape(rows, rows, -1).mean(axis=1)
    return np.asarray(mean - mean.mean(axis=0))


def _ranked(names: tuple[str, ...], strength: Vector, share: Vector | None = None) -> list[Interaction]:
    """Return the pairs above the diagonal that act together at all, the strongest first."""
    pairs = sorted(combinations(range(len(names)), 2), key=lambda pair: -strength[pair])
    return [
        Interaction(
            columns=(names[a], names[b]),
            strength=float(strength[a, b]),
            share=None if share is None else float(share[a, b]),
            measure="shap" if share is None else "h",
        )
        for a, b in pairs
        if strength[a, b] > 0
    ]


def _spaced(count: int, wanted: int) -> Ints:
    """Return at most ``wanted`` positions, evenly spaced from first to last."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))
