"""Algorithms, one module each: ``fit(matrix, label, …)`` and ``load(folder, …)`` return a model.

A module is imported when its algorithm is asked for, so that a job pays for one library.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Vector = NDArray[np.float64]
Output = Literal["log_odds", "probability"]


class Model(Protocol):
    """A fitted classifier of two classes."""

    scaled: bool
    """Whether it wants standardised numbers."""
    output: Output
    """The unit in which contributions add up."""

    def scores(self, matrix: Matrix) -> Vector:
        """Return the probability of the positive class, one a row."""

    def contributions(self, matrix: Matrix) -> tuple[Vector, float]:
        """Return exact SHAP values, rows by columns, and the base value that they are added to."""

    def save(self, folder: Path) -> None:
        """Write the model's file; equal models write equal bytes."""


class Algorithm(Protocol):
    """What a module of this package offers."""

    scaled: bool

    def fit(
        self,
        matrix: Matrix,
        label: NDArray[np.bool_],
        *,
        hyperparameters: dict[str, Any],
        seed: int,
        threads: int,
    ) -> Model:
        """Learn from a matrix of encoded rows."""

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
