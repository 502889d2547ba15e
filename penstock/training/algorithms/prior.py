"""The baseline: every row gets the share of positives in the training rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from penstock.training.algorithms import Matrix, Output, Vector, log_odds

if TYPE_CHECKING:
    from numpy.typing import NDArray

scaled = False
FILE = "prior.json"


@dataclass(frozen=True)
class Prior:
    """A constant."""

    rate: float
    scaled: ClassVar[bool] = False
    output: ClassVar[Output] = "log_odds"

    def scores(self, matrix: Matrix) -> Vector:
        """Return the base rate for every row."""
        return np.full(len(matrix), self.rate)

    def contributions(self, matrix: Matrix) -> tuple[Vector, float]:
        """Nothing contributes."""
        return np.zeros(matrix.shape), float(log_odds(np.array([self.rate]))[0])

    def save(self, folder: Path) -> None:
        """Write the rate as JSON."""
        (folder / FILE).write_text(json.dumps({"rate": self.rate}) + "\n", encoding="utf-8")


def fit(
    matrix: Matrix, label: NDArray[np.bool_], *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Prior:
    """Learn the base rate."""
    del matrix, hyperparameters, seed, threads
    return Prior(rate=float(label.mean()))


def load(folder: Path, *, threads: int) -> Prior:
    """Read the rate."""
    del threads
    return Prior(**json.loads((folder / FILE).read_text(encoding="utf-8")))
