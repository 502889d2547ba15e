"""Balancing and multiplying training rows, as the preparation says; never those of another part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.training.columns import NumberColumn
from penstock.training.preparation import NumericColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.training.algorithms import Answers, Matrix
    from penstock.training.preparation import Preparation, RowTreatment


def treated(
    matrix: Matrix, answers: Answers, preparation: Preparation, *, scaled: bool, seed: int
) -> tuple[Matrix, Answers]:
    """Return the rows that a model learns from; the same arguments give the same rows.

    Parameters
    ----------
    matrix, answers
        The encoded training rows.
    preparation
        Says what is done to them; the rows come back as they are if it says nothing.
    scaled
        Whether the matrix has scaled numbers.
    seed
        For the choice of rows and for noise.
    """
    plan = preparation.rows
    if plan is None:
        return matrix, answers
    random = np.random.default_rng(seed)
    if plan.most is not None:
        kept = _fewer(answers.values, plan.most, random)
        matrix, answers = matrix[kept], replace(answers, values=answers.values[kept])
    if plan.copies:
        answers = replace(answers, values=np.tile(answers.values, plan.copies + 1))
        matrix = _noisy(matrix, plan, _deviations(preparation, scaled=scaled), random)
    if plan.weights:
        answers = replace(answers, weights=_weights(answers, plan.weights))
    return matrix, answers


def _fewer(values: NDArray[Any], most: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Choose at most so many rows of each class, in their order."""
    kept = []
    for value in np.unique(values):
        rows = np.flatnonzero(values == value)
        kept.append(random.choice(rows, most, replace=False) if len(rows) > most else rows)
    return np.sort(np.concatenate(kept))


def _noisy(
    matrix: Matrix, plan: RowTreatment, deviations: dict[int, float], random: np.random.Generator
) -> Matrix:
    """Put copies with noise on their numbers behind the rows."""
    grown = np.tile(matrix, (plan.copies + 1, 1))
    for place, deviation in deviations.items():
        noise = random.normal(0.0, plan.noise * deviation, len(grown) - len(matrix))
        grown[len(matrix) :, place] += noise.astype(np.float32)
    return grown


def _deviations(preparation: Preparation, *, scaled: bool) -> dict[int, float]:
    """Return the deviation of each matrix column that is a number, by its position."""
    found, place = {}, 0
    for column in preparation.columns:
        if isinstance(column, NumericColumn):
            found[place] = 1.0 if scaled else column.deviation
        elif isinstance(column, NumberColumn):
            found[place] = column.deviation / column.spread if scaled else column.deviation
        place += len(column.encoded)
    return found


def _weights(answers: Answers, weights: dict[str, float]) -> NDArray[np.float64]:
    """Return the weight of each row by its class."""
    if answers.problem == "binary":
        chosen = [weights.get(name, 1.0) for name in ("false", "true")]
    else:
        chosen = [weights.get(name, 1.0) for name in answers.classes]
    return np.asarray(chosen)[answers.values.astype(np.int64)]
