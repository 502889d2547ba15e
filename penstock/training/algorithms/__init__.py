"""Algorithms, one module each: ``fit(matrix, answers, …)`` and ``load(folder, …)`` return a model.

A module is imported when its algorithm is asked for, so that a job pays for one library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from penstock.specs.model import Problem

Matrix = NDArray[np.float32]
Vector = NDArray[np.float64]
Output = Literal["log_odds", "probability", "value", "membership", "distance"]


@dataclass(frozen=True)
class Answers:
    """What a model learns to answer.

    Parameters
    ----------
    values
        A row each: truth values (binary), positions in ``classes`` (multiclass), numbers (regression), or
        zeros where nothing is known (clustering).
    classes
        Names of the classes of a multiclass problem, in order.
    weights
        How much each row counts in learning; alike where there are none.
    """

    problem: Problem
    values: NDArray[Any]
    classes: tuple[str, ...] = ()
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.values)


class Model(Protocol):
    """A fitted model."""

    scaled: bool
    """Whether it wants standardised numbers."""
    output: Output
    """The unit in which contributions add up."""

    def scores(self, matrix: Matrix) -> Vector:
        """Return what is predicted of each row.

        Binary: the probability of the positive class. Regression: the value. Multiclass and clustering: rows
        by classes, the probability of each class, or the membership in each cluster (none of noise).
        """

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Return exact SHAP values, rows by columns, and the base value that they are added to.

        Of several classes: rows by classes by columns, and a base value a class.
        """

    def save(self, folder: Path) -> None:
        """Write the model's file; equal models write equal bytes."""


class Progress(Protocol):
    """Is told how far a booster's training is; may raise to end it."""

    def __call__(self, step: int, scores: Callable[[Matrix], Vector]) -> None:
        """Take the tenths of the trees that are there, and what they predict."""


RUNGS = 10
"""How often a booster tells how far it is."""


def rung(done: int, rounds: int) -> int:
    """Return which tenth of the trees has just been completed, 0 if none.

    Examples
    --------
    >>> [rung(done, 20) for done in (1, 2, 3, 20)], [rung(done, 3) for done in (1, 2, 3)]
    ([0, 1, 0, 10], [3, 6, 10])
    """
    step, before = done * RUNGS // rounds, (done - 1) * RUNGS // rounds
    return step if step > before else 0


def retold(
    progress: Progress | None, done: int, rounds: int, scores: Callable[[int], Callable[[Matrix], Vector]]
) -> None:
    """Tell a progress again that an earlier attempt had told; ``scores`` is of so many rounds."""
    for number in range(1, done + 1 if progress else 0):
        if progress and (step := rung(number, rounds)):
            progress(step, scores(number))


class Algorithm(Protocol):
    """What a module of this package offers."""

    scaled: bool

    def fit(
        self,
        matrix: Matrix,
        answers: Answers,
        *,
        hyperparameters: dict[str, Any],
        seed: int,
        threads: int,
        **told: Any,
    ) -> Model:
        """Learn from a matrix of encoded rows; boosters take ``progress`` and ``checkpoints``."""

    def load(self, folder: Path, *, threads: int) -> Model:
        """Read what ``save`` wrote."""


def algorithm(name: str) -> Algorithm:
    """Return an algorithm by its name in the specification."""
    return cast("Algorithm", import_module(f"{__name__}.{name}"))


def log_odds(probability: Vector) -> Vector:
    """Return the logarithm of the odds, finite also for 0 and 1."""
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def sigmoid(margin: Vector) -> Vector:
    """Return the probability for log-odds, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * margin)), dtype=np.float64)


def split_base(values: Vector) -> tuple[Vector, Vector]:
    """Cut the base value off, which boosters give as the last column; rows by columns, or by classes too.

    Examples
    --------
    >>> shap, base = split_base(np.array([[1.0, 2.0, 9.0]]))
    >>> shap.tolist(), float(base)
    ([[1.0, 2.0]], 9.0)
    """
    base = values[0, ..., -1] if len(values) else np.zeros(values.shape[1:-1])
    return values[..., :-1], np.asarray(base)
