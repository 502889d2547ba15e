"""SHAP values of a model that is only asked for predictions.

The value of a set of columns is what the model says on average over the background when these columns are
the row's and the others a background row's [1]_. A column's SHAP value is the mean, over all orders in which
columns may be taken from the row, of what its turn changes. Three ways to find it:

- *enumeration* asks for all sets of columns: exact.
- *permutation* [2]_ walks from each background row to the row along a random order and along the same order
  backwards. Every background row has its own orders, the same number of them, so that values add up exactly;
  with interactions of no more than two columns they are exact, too. How much the walks of each background row
  differ gives the standard error.
- *kernel* [3]_ fits weighted least squares to the values of sets: of all sizes that the budget has sets for,
  and of random sets of the others. The standard error is that of the fit (White's), for the random part.

Columns in which the row equals the whole background cannot matter and are left out: their value is 0.

.. [1] S. Lundberg and S. Lee, "A Unified Approach to Interpreting Model Predictions" (2017).
.. [2] E. Štrumbelj and I. Kononenko (2014); R. Mitchell and others, "Sampling Permutations for Shapley Value
   Estimation" (2022).
.. [3] I. Covert and S. Lee, "Improving KernelSHAP" (2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING, Literal

import numpy as np

from penstock.explainability.mixing import CannotExplain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.explainability.mixing import Pool
    from penstock.training.algorithms import Vector

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

Way = Literal["enumeration", "permutation", "kernel"]
MOST_ENUMERATED = 10
"""The most columns of which all sets are asked for, unless enumeration is asked for by name."""
_MOST_SETS = 16
"""The most columns of which all sets are asked for at all."""
_SETS = 4
"""The fewest sets a column for a fit."""
_PRECISION = 1e-3
"""A standard error of this share of the range of scores is enough: no more rounds are made."""


@dataclass(frozen=True, eq=False)
class Values:
    """SHAP values of one row: outputs by columns, with their base, standard error and cost."""

    values: Vector
    base: Vector
    score: Vector
    error: float
    evaluations: int
    background: int
    way: Way


@dataclass(frozen=True, eq=False)
class Game:
    """One row against the background: the first ``background`` rows of a pool, of which ``row`` is one more.

    Attributes
    ----------
    players
        Columns in which the row differs from some background row.
    """

    pool: Pool
    row: int
    background: Ints
    budget: int
    seed: int

    @cached_property
    def players(self) -> Ints:
        """Columns in which the row differs from some background row."""
        codes = self.pool.codes
        return np.flatnonzero((codes[self.background] != codes[self.row]).any(axis=0))

    def ends(self) -> tuple[Vector, Vector]:
        """Return what the model says of each background row, and of the row."""
        places = np.append(self.background, self.row)[:, None].repeat(self.pool.columns, axis=1)
        found = self.pool.scores(places)
        return found[:-1], found[-1]

    def walked(self, own: Bools, against: Ints) -> Vector:
        """Return scores of mixtures: where ``own``, columns of the row, else of a background row each.

        Parameters
        ----------
        own
            Mixtures by players.
        against
            The background row of each mixture, by its position in the pool.
        """
        places = np.repeat(against[:, None], self.pool.columns, axis=1)
        places[:, self.players] = np.where(own, self.row, against[:, None])
        return self.pool.scores(places)

    def sets(self, own: Bools) -> Vector:
        """Return the mean score of each set of players over the background: sets by outputs."""
        count, step = len(self.background), max(1, 65_536 // len(self.background))
        parts = []
        for start in range(0, len(own), step):
            some = own[start : start + step]
            scores = self.walked(np.repeat(some, count, axis=0), np.tile(self.background, len(some)))
            parts.append(scores.reshape(len(some), count, -1).mean(axis=1))
        return np.concatenate(parts)


def shapley(game: Game, way: Way | None = None) -> Values:
    """Return the SHAP values of a row.

    Parameters
    ----------
    game
        The row, the background and the budget.
    way
        How; unless given, by enumeration where there are few columns and the budget has it, else by
        permutation.
    """
    players, rows = len(game.players), len(game.background)
    chosen = way or _usual(players, rows, game.budget)
    if players < 2:  # noqa: PLR2004 - nothing to share out
        return _alone(game, chosen)
    return {"enumeration": _enumerated, "permutation": _permuted, "kernel": _fitted}[chosen](game)


def least_budget(columns: int) -> int:
    """Return how many rows a model must at least be asked for: two rounds of orders of one background row."""
    return 2 + 4 * columns


def affordable(rows: int, columns: int, budget: int, way: Way | None) -> Ints:
    """Return the background rows that a budget has: all, or as many as fit, evenly spaced.

    They depend on the number of all columns alone, so that all rows are compared with the same.

    Raises
    ------
    CannotExplain
        The budget is not enough for one, or there are too many columns.

    Examples
    --------
    >>> affordable(100, 11, 1_000, None).tolist()[:4], len(affordable(100, 11, 9_999, None))
    ([0, 5, 10, 15], 100)
    """
    least = {
        "enumeration": 2 ** min(columns, _MOST_SETS + 1),
        "kernel": min(_SETS * columns, 2**columns) + 2,
    }.get(way or "", least_budget(columns))
    if least > budget or (way == "enumeration" and columns > _MOST_SETS):
        raise CannotExplain(
            "The budget is too small for SHAP values." if least > budget else "There are too many columns.",
            found=f"{budget} rows that the model may be asked for, {columns} columns",
            expected=f"at least {least} rows" + (f" and at most {_MOST_SETS} columns" if way else ""),
            action="Give a larger budget, or ask for the method 'auto'.",
        )
    count = min(rows, budget // least)
    return np.linspace(0, rows - 1, count).round().astype(np.int64)


def _usual(players: int, rows: int, budget: int) -> Way:
    """Choose a way."""
    few = players <= MOST_ENUMERATED and rows * 2**players <= budget
    return "enumeration" if few else "permutation"


def _alone(game: Game, way: Way) -> Values:
    """Give the whole difference to the only column that differs, if one does."""
    usual, score = game.ends()
    base = usual.mean(axis=0)
    values = np.zeros((len(base), game.pool.columns))
    values[:, game.players] = (score - base)[:, None]
    return Values(values, base, score, 0.0, len(usual) + 1, len(usual), way)


def _enumerated(game: Game) -> Values:
    """Ask for every set of columns."""
    players = len(game.players)
    value = game.sets(_every_set(players))
    size = np.bitwise_count(np.arange(len(value)))
    weights = np.array([1 / (players * comb(players - 1, n)) for n in range(players)])
    values = np.zeros((value.shape[1], game.pool.columns))
    for place, column in enumerate(game.players.tolist()):
        without = np.flatnonzero(~np.arange(len(value)) & (1 << place))
        gained = value[without | (1 << place)] - value[without]
        values[:, column] = weights[size[without]] @ gained
    rows = len(game.background)
    return Values(values, value[0], value[-1], 0.0, rows * len(value), rows, "enumeration")


def _permuted(game: Game) -> Values:
    """Walk from each background row to the row along random orders, there and back, a round at a time."""
    players = len(game.players)
    steps = 2 * (players - 1)
    rows, (usual, score) = len(game.background), game.ends()
    spread = float(np.ptp(np.vstack([usual, score]), axis=0).max())
    random, found = np.random.default_rng(game.seed), _Rounds(rows, players, usual.shape[1])
    most = (game.budget - rows - 1) // (rows * steps)
    while found.count < min(2, most) or (found.count < most and found.error > _PRECISION * spread):
        found.add(_round(game, usual, score, random))
    values = np.zeros((usual.shape[1], game.pool.columns))
    values[:, game.players] = found.mean.mean(axis=0).T
    evaluations = rows + 1 + found.count * rows * steps
    return Values(values, usual.mean(axis=0), score, found.error, evaluations, rows, "permutation")


class _Rounds:
    """Mean and sum of squares of what each background row's walks found: rows by players by outputs."""

    def __init__(self, rows: int, players: int, outputs: int) -> None:
        self.count = 0
        self.mean = np.zeros((rows, players, outputs))
        self._squares = np.zeros_like(self.mean)

    def add(self, found: Vector) -> None:
        """Take another round (Welford)."""
        self.count += 1
        apart = found - self.mean
        self.mean += apart / self.count
        self._squares += apart * (found - self.mean)

    @property
    def error(self) -> float:
        """The largest standard error of the mean over rows; infinite before two rounds."""
        if self.count < 2:  # noqa: PLR2004
            return float("inf")
        variance = self._squares / (self.count - 1) / self.count
        return float(np.sqrt(variance.sum(axis=0)).max() / len(self.mean))


def _round(game: Game, usual: Vector, score: Vector, random: np.random.Generator) -> Vector:
    """Walk from each background row along one order and back: rows by players by outputs."""
    rows, players = len(usual), len(game.players)
    order = random.permuted(np.tile(np.arange(players), (rows, 1)), axis=1)
    rank = np.argsort(order, axis=1)
    step = np.arange(1, players)
    there = rank[:, None, :] < step[:, None]
    back = (players - 1 - rank)[:, None, :] < step[:, None]
    own = np.stack([there, back])
    against = np.broadcast_to(game.background[None, :, None], own.shape[:3]).ravel()
    scores = game.walked(own.reshape(-1, players), against).reshape(2, rows, players - 1, -1)
    ends = np.broadcast_to(score, (2, rows, 1, usual.shape[1]))
    starts = np.broadcast_to(usual[None, :, None, :], ends.shape)
    gained = np.diff(np.concatenate([starts, scores, ends], axis=2), axis=2)
    both = np.stack([rank, players - 1 - rank])
    return np.asarray(np.take_along_axis(gained, both[..., None], axis=2).mean(axis=0))


def _fitted(game: Game) -> Values:
    """Fit the values of sets by weighted least squares."""
    rows, players, (usual, score) = len(game.background), len(game.players), game.ends()
    base = usual.mean(axis=0)
    own, weight, drawn = _chosen_sets(players, game.budget // rows - 2, np.random.default_rng(game.seed))
    value = game.sets(own) - base
    whole = own[:, -1:].astype(np.float64)
    design, answer = own[:, :-1] - whole, value - whole * (score - base)
    inverse = np.asarray(np.linalg.pinv(design.T @ (weight[:, None] * design)), dtype=np.float64)
    fitted = inverse @ (design.T @ (weight[:, None] * answer))
    last = (score - base) - fitted.sum(axis=0)
    values = np.zeros((len(base), game.pool.columns))
    values[:, game.players] = np.vstack([fitted, last]).T
    error = _fit_error(design, inverse, weight * drawn, answer - design @ fitted)
    evaluations = rows * (len(own) + 1) + 1
    return Values(values, base, score, error, evaluations, rows, "kernel")


def _fit_error(design: Vector, inverse: Vector, weight: Vector, apart: Vector) -> float:
    """Return the largest standard error of a fit; only sets that were drawn at random have one."""
    if not weight.any():
        return 0.0
    found = 0.0
    for output in apart.T:
        spread = inverse @ (design.T * (weight * output) ** 2) @ design @ inverse
        last = spread.sum()
        found = max(found, float(np.sqrt(max(last, np.diag(spread).max()))))
    return found


def _chosen_sets(players: int, count: int, random: np.random.Generator) -> tuple[Bools, Vector, Bools]:
    """Choose sets of players for the fit: sets by players, their weights, and which were drawn at random.

    Sizes are taken from both ends, as long as all sets of a size (and all that lack so many) fit.
    """
    mass = np.array([(players - 1) / (n * (players - n)) for n in range(1, players)])
    mass /= mass.sum()
    whole, weights, left = [], [], list(range(1, players))
    while left:
        size = left[0]
        pair = sorted({size, players - size})
        wanted = sum(comb(players, n) for n in pair)
        if wanted > count:
            break
        for n in pair:
            sets = _sets_of(players, n)
            whole.append(sets)
            weights.append(np.full(len(sets), mass[n - 1] / len(sets)))
            left.remove(n)
        count -= wanted
    if left:
        sets, times = _drawn_sets(players, left, mass, count, random)
        whole.append(sets)
        weights.append(times / times.sum() * mass[[n - 1 for n in left]].sum())
    drawn = np.zeros(sum(map(len, whole)), bool)
    drawn[len(drawn) - (len(whole[-1]) if left else 0) :] = bool(left)
    return np.concatenate(whole), np.concatenate(weights), drawn


def _drawn_sets(
    players: int, sizes: list[int], mass: Vector, count: int, random: np.random.Generator
) -> tuple[Bools, Vector]:
    """Draw sets of given sizes, each with all that it lacks; return each once, and how often it came."""
    chance = mass[[n - 1 for n in sizes]]
    half = max(1, count // 2)
    size = random.choice(sizes, half, p=chance / chance.sum())
    own = np.argsort(random.random((half, players)), axis=1).argsort(axis=1) < size[:, None]
    found, times = np.unique(np.concatenate([own, ~own]), axis=0, return_counts=True)
    return found, times.astype(np.float64)


def _every_set(players: int) -> Bools:
    """Return all sets: in set ``n`` player ``p`` is if bit ``p`` of ``n`` is set."""
    return np.asarray((np.arange(2**players)[:, None] >> np.arange(players)) & 1 == 1, dtype=np.bool_)


def _sets_of(players: int, size: int) -> Bools:
    """Return all sets of a size."""
    from itertools import combinations

    chosen = np.array(list(combinations(range(players), size)))
    found = np.zeros((len(chosen), players), bool)
    np.put_along_axis(found, chosen, values=True, axis=1)
    return found
