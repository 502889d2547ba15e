"""The loss of each row, by which slices are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from penstock.training.algorithms import Answers, Vector

_EDGE = 1e-6


def losses(answers: Answers, scores: Vector) -> Vector | None:
    """Return how wrong each row is: log loss of classes, squared error of values, none of clusters.

    Examples
    --------
    >>> from penstock.training.algorithms import Answers
    >>> losses(Answers("regression", np.array([1.0, 2.0])), np.array([1.0, 5.0])).tolist()
    [0.0, 9.0]
    """
    if answers.problem == "clustering":
        return None
    if answers.problem == "regression":
        return np.asarray((scores - answers.values) ** 2, dtype=np.float64)
    if answers.problem == "binary":
        own = np.where(answers.values, scores, 1.0 - scores)
    else:
        places = np.maximum(answers.values, 0)
        own = np.where(answers.values >= 0, scores[np.arange(len(scores)), places], 0.0)
    return np.asarray(-np.log(np.clip(own, _EDGE, 1.0)), dtype=np.float64)


def said(answers: Answers, scores: Vector, threshold: float) -> Vector:
    """Return what is answered: 0 or 1, the position of a class or cluster, or the value."""
    if answers.problem == "binary":
        return np.asarray(scores >= threshold, dtype=np.float64)
    if answers.problem == "regression":
        return scores
    return np.asarray(scores.argmax(axis=1), dtype=np.float64)
