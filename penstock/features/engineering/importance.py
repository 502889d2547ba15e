"""What each feature adds to a model of all: permutation importance on held-out rows, against shadows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.evaluation.bootstrap import Interval
from penstock.evaluation.metrics import weighted_auc
from penstock.features.engineering.power import auc, interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.features.engineering.coding import Coded, Flags, Vector

Tell = Callable[[str, float], None]
"""Is told what is being done, and which share of it is done."""
SHADOWS = 5
_RESAMPLES, _ROUNDS, _REPEATS = 100, 100, 2
_MOST_HELD, _BINS = 10_000, 100
_PARAMETERS: dict[str, Any] = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.1, "min_data_in_leaf": 50, "verbosity": -1,
    "deterministic": True, "force_row_wise": True, "feature_fraction": 0.7, "cat_smooth": 20,
    "num_threads": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Importance:
    """What a model of all features loses without one.

    Parameters
    ----------
    auc
        Of the model, on the held-out rows.
    drops
        How far the AUC falls when a feature's values are shuffled among the held-out rows, with its interval.
    chance
        The greatest drop of a shadow: a shuffled copy of a feature, which cannot know anything.
    """

    auc: Interval
    drops: Mapping[str, Interval]
    chance: float


def importance(
    columns: Mapping[str, Coded],
    label: Flags,
    train: Flags,
    held: Flags,
    *,
    seed: int,
    tell: Tell | None = None,
) -> Importance:
    """Train a small LightGBM on the training rows and shuffle one feature after another on the held-out ones.

    Shuffled copies of some features (shadows) are trained with the others, as Boruta does (Kursa and
    Rudnicki, 2010): a feature that is worth no more than they are is worth nothing.

    Parameters
    ----------
    columns
        The features. Of several that say the same, give one: shuffling one of two that can stand in for each
        other costs nothing.
    label, train, held
        The answers and the two parts of the rows.
    seed
        For the model, the shuffles and the bootstrap: equal seeds give equal results.
    tell
        Is told of progress.
    """
    random = np.random.default_rng(seed)
    names = [*columns, *(f"shadow {place}" for place in range(SHADOWS))]
    shadows = random.choice(len(columns), size=SHADOWS, replace=len(columns) < SHADOWS)
    matrix = np.column_stack([_numbers(column) for column in columns.values()])
    matrix = np.hstack([matrix, np.column_stack([random.permutation(matrix[:, place]) for place in shadows])])
    words = [place for place, column in enumerate(columns.values()) if column.values is None]
    words += [len(columns) + place for place, of in enumerate(shadows.tolist()) if of in set(words)]
    if tell:
        tell("training a small model", 0.0)
    model = _trained(matrix[train], label[train], words, seed)
    used = np.flatnonzero(model.feature_importance() > 0).tolist()
    rows = np.flatnonzero(held)
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST_HELD)).round().astype(np.int64)]
    kept, answers = matrix[rows], label[rows]
    score = model.predict(kept)
    drops = {name: Interval(value=0.0, low=0.0, high=0.0, standard_deviation=0.0) for name in names}
    for done, place in enumerate(used):
        drops[names[place]] = _drop(model, kept, place, answers, score, random)
        if tell:
            tell(f"shuffling {names[place]}", (done + 1) / len(used))
    chance = max(drops.pop(name).value for name in names[len(columns) :])
    pairs = resampled(answers, score, score, random)
    return Importance(interval(area(answers, score), pairs[0]), drops, max(0.0, chance))


def _trained(matrix: Vector, label: Flags, words: Sequence[int], seed: int) -> Any:
    """Train the model."""
    lightgbm = import_module("lightgbm")
    data = lightgbm.Dataset(matrix, label=label, categorical_feature=list(words), free_raw_data=True)
    return lightgbm.train({**_PARAMETERS, "seed": seed}, data, num_boost_round=_ROUNDS)


def _numbers(column: Coded) -> Vector:
    """Return numbers as they are, words as codes."""
    return column.codes.astype(np.float64) if column.values is None else column.values


def _drop(  # noqa: PLR0917
    model: Any, rows: Vector, place: int, answers: Flags, score: Vector, random: np.random.Generator
) -> Interval:
    """Return how far the AUC falls when one column is shuffled: the mean of some shuffles."""
    kept = rows[:, place].copy()
    fallen, spread = [], []
    for _ in range(_REPEATS):
        rows[:, place] = random.permutation(kept)
        shuffled = model.predict(rows)
        fallen.append(area(answers, score) - area(answers, shuffled))
        before, after = resampled(answers, score, shuffled, random)
        spread.append(before - after)
    rows[:, place] = kept
    return interval(float(np.mean(fallen)), np.concatenate(spread))


def area(answers: Flags, score: Vector) -> float:
    """Return the area under the ROC curve of all rows."""
    return float(weighted_auc(answers, score, np.ones((1, len(answers))))[0])


def resampled(
    answers: Flags, one: Vector, other: Vector, random: np.random.Generator
) -> tuple[Vector, Vector]:
    """Return the AUCs of two scores on the same resamples of the rows.

    Scores count by their hundredth of the rows, so that a resample of rows is one of a few thousand counts.
    """
    first, second = _hundredths(one), _hundredths(other)
    cells, counts = np.unique((first * _BINS + second) * 2 + answers, return_counts=True)
    drawn = random.multinomial(len(answers), counts / len(answers), size=_RESAMPLES)
    bins = cells // (2 * _BINS), cells // 2 % _BINS
    return _by_bin(drawn, bins[0] * 2 + cells % 2), _by_bin(drawn, bins[1] * 2 + cells % 2)


def _hundredths(score: Vector) -> NDArray[np.int64]:
    """Return the place of each score among a hundred ranges with about as many rows each."""
    edges = np.unique(np.quantile(score, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.searchsorted(edges, score, side="right").astype(np.int64)


def _by_bin(drawn: NDArray[np.int64], places: NDArray[np.int64]) -> Vector:
    """Return the AUC of each resample, given the bin and answer of each count."""
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(places[order]) > 0])
    summed = np.zeros((len(drawn), 2 * _BINS), dtype=np.int64)
    summed[:, places[order][starts]] = np.add.reduceat(drawn[:, order], starts, axis=1)
    return auc(summed.reshape(len(drawn), _BINS, 2))
