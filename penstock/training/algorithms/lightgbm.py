"""LightGBM's leaf-wise trees, kept in its own text format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import lightgbm
import numpy as np

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Matrix, Output, Vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

scaled = False
FILE = "model.txt"


@dataclass(frozen=True)
class Leafwise:
    """A LightGBM booster."""

    booster: lightgbm.Booster
    threads: int
    scaled: ClassVar[bool] = False
    output: ClassVar[Output] = "log_odds"

    def scores(self, matrix: Matrix) -> Vector:
        """Return the probability of the positive class."""
        return np.asarray(self.booster.predict(matrix, num_threads=self.threads), dtype=np.float64)

    def contributions(self, matrix: Matrix) -> tuple[Vector, float]:
        """Return the booster's own exact tree SHAP values."""
        values = self.booster.predict(matrix, pred_contrib=True, num_threads=self.threads)
        array = np.asarray(values, dtype=np.float64).reshape(len(matrix), -1)
        return array[:, :-1], float(array[0, -1]) if len(array) else 0.0

    def save(self, folder: Path) -> None:
        """Write LightGBM's text."""
        self.booster.save_model(folder / FILE)


def fit(
    matrix: Matrix, label: NDArray[np.bool_], *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Leafwise:
    """Train; ``n_estimators`` is the number of trees, everything else is LightGBM's own parameter."""
    rest = dict(hyperparameters)
    rounds = int(rest.pop("n_estimators", 100))
    parameters = {
        "objective": "binary",
        "verbosity": -1,
        **rest,
        "seed": seed,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
    }
    try:
        data = lightgbm.Dataset(matrix, label=label.astype(np.float32), params=parameters)
        return Leafwise(lightgbm.train(parameters, data, num_boost_round=rounds), threads)
    except lightgbm.basic.LightGBMError as error:
        raise InvalidSpec(
            "LightGBM refused the hyper-parameters.", found=str(hyperparameters), expected=str(error)
        ) from error


def load(folder: Path, *, threads: int) -> Leafwise:
    """Read LightGBM's text."""
    return Leafwise(lightgbm.Booster(model_file=folder / FILE), threads)
