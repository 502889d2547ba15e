"""XGBoost's histogram trees, kept in its own UBJSON format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xgboost

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Matrix, Output, Vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

scaled = False
FILE = "model.ubj"


@dataclass(frozen=True)
class Boosted:
    """An XGBoost booster."""

    booster: xgboost.Booster
    scaled: ClassVar[bool] = False
    output: ClassVar[Output] = "log_odds"

    def scores(self, matrix: Matrix) -> Vector:
        """Return the probability of the positive class."""
        return np.asarray(self.booster.inplace_predict(matrix), dtype=np.float64)

    def contributions(self, matrix: Matrix) -> tuple[Vector, float]:
        """Return the booster's own exact tree SHAP values."""
        values = np.asarray(
            self.booster.predict(xgboost.DMatrix(matrix), pred_contribs=True), dtype=np.float64
        )
        return values[:, :-1], float(values[0, -1]) if len(values) else 0.0

    def save(self, folder: Path) -> None:
        """Write UBJSON."""
        self.booster.save_model(folder / FILE)


def fit(
    matrix: Matrix, label: NDArray[np.bool_], *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Boosted:
    """Train; ``n_estimators`` is the number of trees, everything else is XGBoost's own parameter."""
    parameters = {"objective": "binary:logistic", "tree_method": "hist", "verbosity": 1, **hyperparameters}
    rounds = int(parameters.pop("n_estimators", 100))
    parameters |= {"seed": seed, "nthread": threads}
    try:
        data = xgboost.QuantileDMatrix(matrix, label=label.astype(np.float32), nthread=threads)
        return Boosted(xgboost.train(parameters, data, num_boost_round=rounds))
    except xgboost.core.XGBoostError as error:
        raise InvalidSpec(
            "XGBoost refused the hyper-parameters.",
            found=str(hyperparameters),
            expected=str(error).splitlines()[-1],
        ) from error


def load(folder: Path, *, threads: int) -> Boosted:
    """Read UBJSON."""
    booster = xgboost.Booster(model_file=folder / FILE)
    booster.set_param({"nthread": threads})
    return Boosted(booster)
