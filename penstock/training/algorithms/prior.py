"""The baseline, which looks at no column: how frequent each class is, or the mean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from penstock.training.algorithms import Answers, Matrix, Output, Vector, log_odds

scaled = False
FILE = "prior.json"
_OUTPUTS: dict[str, Output] = {
    "binary": "log_odds",
    "multiclass": "probability",
    "regression": "value",
    "clustering": "membership",
}


@dataclass(frozen=True)
class Prior:
    """The same answer for every row; ``values`` has one number, or one a class."""

    problem: str
    values: Vector
    scaled = False

    @property
    def output(self) -> Output:
        """The unit in which contributions add up."""
        return _OUTPUTS[self.problem]

    @property
    def _is_single(self) -> bool:
        return self.problem in {"binary", "regression"}

    def scores(self, matrix: Matrix) -> Vector:
        """Return the constant for every row."""
        if self._is_single:
            return np.full(len(matrix), self.values[0])
        return np.repeat(self.values[None, :], len(matrix), axis=0)

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Nothing contributes."""
        if self._is_single:
            base = log_odds(self.values) if self.problem == "binary" else self.values
            return np.zeros(matrix.shape), np.asarray(base[0])
        return np.zeros((len(matrix), len(self.values), matrix.shape[1])), self.values

    def save(self, folder: Path) -> None:
        """Write the numbers as JSON."""
        document = {"problem": self.problem, "values": self.values.tolist()}
        (folder / FILE).write_text(json.dumps(document) + "\n", encoding="utf-8")


def fit(
    matrix: Matrix, answers: Answers, *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Prior:
    """Learn frequencies or the mean; one cluster has all rows."""
    del matrix, hyperparameters, seed, threads
    if answers.problem == "multiclass":
        counts = np.bincount(answers.values, minlength=len(answers.classes))
        return Prior(answers.problem, counts / len(answers))
    value = 1.0 if answers.problem == "clustering" else float(answers.values.mean())
    return Prior(answers.problem, np.array([value]))


def load(folder: Path, *, threads: int) -> Prior:
    """Read the numbers; a file without a problem is of two classes."""
    del threads
    document = json.loads((folder / FILE).read_text(encoding="utf-8"))
    if "rate" in document:
        return Prior("binary", np.array([document["rate"]]))
    return Prior(document["problem"], np.array(document["values"]))
