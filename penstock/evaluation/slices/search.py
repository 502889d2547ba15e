"""Finding slices of one and two columns whose rows a model gets wrong most."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from penstock.evaluation.columns import Levels, cut, is_numeric, levels, quantiles

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.training.algorithms import Vector

Edges = dict[str, "Vector | tuple[str, ...]"]
_WORDS = 12
"""Levels of a column of words; the others are one."""
_MOST_COLUMNS = 40
"""Pairs are made of the columns whose single slices differ most."""
_WORST_PAIRS = 1.1
"""A pair is worth telling when its loss is this many times that of the worse of its parts."""


@dataclass(frozen=True)
class Cuts:
    """Columns cut into levels, the same way for any rows."""

    names: dict[str, tuple[str, ...]]
    codes: dict[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Found:
    """A slice: the level of one or two columns, and how bad it was where it was found."""

    where: tuple[tuple[str, int], ...]
    loss: float
    excess: float
    """By how many standard errors its loss is above that of the other rows."""

    def rows(self, cuts: Cuts) -> NDArray[np.bool_]:
        """Say which rows are of the slice."""
        inside = [cuts.codes[name] == level for name, level in self.where]
        return np.asarray(np.all(inside, axis=0), dtype=np.bool_)

    def name(self, cuts: Cuts) -> str:
        """Tell the slice in words."""
        return " and ".join(f"{name} {cuts.names[name][level]}" for name, level in self.where)


def cuts_of(names: list[str], reference: pa.Table, tables: list[pa.Table], *, bins: int) -> list[Cuts]:
    """Cut columns of several tables at the quantiles and frequent words of a reference."""
    found: list[Cuts] = [Cuts({}, {}) for _ in tables]
    for name in names:
        numeric = is_numeric(reference[name])
        edges = quantiles(reference[name], bins) if numeric else np.array([])
        known = () if numeric else levels(reference[name], most=_WORDS).names
        for cuts, table in zip(found, tables, strict=True):
            one = cut(table[name], edges) if numeric else _as(levels(table[name], most=10_000), known)
            cuts.names[name], cuts.codes[name] = one.names, one.codes
    return found


def search(cuts: Cuts, loss: Vector, *, fewest: int, most: int) -> list[Found]:
    """Return the worst slices, the one that is furthest above the rest first.

    Parameters
    ----------
    cuts
        Columns as levels.
    loss
        How wrong each row is.
    fewest
        Rows that a slice must have.
    most
        How many are returned.

    Notes
    -----
    All levels of a pair are counted at once, so that the work is rows times pairs of at most 40 columns.
    A pair that is hardly worse than one of its columns alone is not told.
    """
    singles = {name: _worst(cuts, (name,), loss, fewest) for name in cuts.codes}
    strength = {name: max((abs(one.excess) for one in found), default=0.0) for name, found in singles.items()}
    ranked = sorted(strength, key=lambda name: -strength[name])[:_MOST_COLUMNS]
    alone = {one.where[0]: one.loss for found in singles.values() for one in found}
    found = [one for some in singles.values() for one in some]
    for pair in combinations(ranked, 2):
        found += [
            one
            for one in _worst(cuts, pair, loss, fewest)
            if one.loss > _WORST_PAIRS * max(alone.get(part, 0.0) for part in one.where)
        ]
    bad = [one for one in found if one.excess > 0]
    return sorted(bad, key=lambda one: (-one.excess, one.where))[:most]


def _worst(cuts: Cuts, columns: tuple[str, ...], loss: Vector, fewest: int) -> list[Found]:
    """Return all slices of a set of columns that have rows enough, with how far they are above the rest."""
    sizes = [len(cuts.names[name]) for name in columns]
    code = np.zeros(len(loss), dtype=np.int64)
    for name, size in zip(columns, sizes, strict=True):
        code = code * size + cuts.codes[name]
    total = int(np.prod(sizes))
    rows = np.bincount(code, minlength=total).astype(np.float64)
    sums, squares = (
        np.bincount(code, weights=values, minlength=total).astype(np.float64) for values in (loss, loss**2)
    )
    places = np.flatnonzero((rows >= fewest) & (rows <= len(loss) - fewest))
    excess = excesses(rows[places], sums[places], squares[places], loss)
    found = []
    for place, above in zip(places.tolist(), excess.tolist(), strict=True):
        where = tuple(
            (name, int(level)) for name, level in zip(columns, np.unravel_index(place, sizes), strict=True)
        )
        found.append(Found(where, float(sums[place] / rows[place]), above))
    return found


def excesses(rows: Vector, sums: Vector, squares: Vector, loss: Vector) -> Vector:
    """Return Welch's statistic of slices against all other rows."""
    rest = len(loss) - rows
    mean, other = sums / rows, (loss.sum() - sums) / rest
    own = np.maximum(squares / rows - mean**2, 0.0) / rows
    others = np.maximum(((loss**2).sum() - squares) / rest - other**2, 0.0) / rest
    error = np.sqrt(own + others)
    return np.asarray(np.divide(mean - other, error, out=np.zeros_like(mean), where=error > 0))


def _as(found: Levels, known: tuple[str, ...]) -> Levels:
    """Return levels numbered as a reference does; its last two names are for others and for null."""
    places = {name: place for place, name in enumerate(known[:-2])}
    last = len(found.names) - 1
    others, null = len(known) - 2, len(known) - 1
    lookup = [null if n == last else places.get(name, others) for n, name in enumerate(found.names)]
    return Levels(np.array(lookup, dtype=np.int64)[found.codes], known)
