"""A small additive model, to see what a new column adds to others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from penstock.features.engineering.importance import area, resampled
from penstock.features.engineering.power import interval, scores

if TYPE_CHECKING:
    from penstock.evaluation.bootstrap import Interval
    from penstock.features.engineering.coding import Coded, Flags, Vector

_STEPS, _RIDGE, _EDGE = 8, 1e-3, 1e-4


def straight(column: Coded, train: Flags) -> Vector:
    """Return a number standardised as linear models see it; 0 for null."""
    values = column.values if column.values is not None else column.codes.astype(np.float64)
    known = values[train & ~np.isnan(values)]
    if not len(known) or known.std() == 0:
        return np.zeros(len(values))
    return np.where(np.isnan(values), 0.0, (values - known.mean()) / known.std())


def bent(column: Coded, label: Flags, train: Flags) -> Vector:
    """Return the logarithm of the odds in a value's bin: any shape of relation, as a straight one."""
    share = np.clip(scores(column, label, train), _EDGE, 1 - _EDGE)
    odds: Vector = np.log(share / (1 - share))[column.codes]
    centred: Vector = odds - odds[train].mean()
    return centred


def gain(
    parents: Sequence[Vector], new: Vector, label: Flags, train: Flags, *, least: float, seed: int
) -> Interval | None:
    """Return how far the AUC of a logistic model on held-out rows rises when a column is added.

    Parameters
    ----------
    parents
        Columns that the model has; chance is compared with when there are none.
    new
        The column to add.
    label, train
        Answers, and the rows to learn from; the others are held out.
    least
        A smaller gain is not worth its interval: None.
    seed
        For the bootstrap.

    Examples
    --------
    >>> x, y = np.random.default_rng(1).normal(size=(2, 2000))
    >>> train = np.arange(2000) < 1400
    >>> gain([x, y], x * y, x * y > 0, train, least=0.01, seed=1).value > 0.3
    True
    """
    answers = label[~train]
    before = _scored(parents, label, train) if parents else np.zeros(len(answers))
    after = _scored([*parents, new], label, train)
    value = area(answers, after) - area(answers, before)
    if value < least:
        return None
    one, other = resampled(answers, before, after, np.random.default_rng(seed))
    return interval(value, other - one)


def _scored(columns: Sequence[Vector], label: Flags, train: Flags) -> Vector:
    """Return the held-out scores of a logistic regression, fitted by Newton's method."""
    design = np.column_stack([np.ones(len(label)), *columns])
    rows, answers = design[train], label[train].astype(np.float64)
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (answers - chance) - _RIDGE * weights
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + _RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(curve, slope)
    found: Vector = design[~train] @ weights
    return found
