"""XGBoost's histogram trees, kept in its own UBJSON format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xgboost

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Answers, Matrix, Output, Progress, Vector, rung, split_base

scaled = False
FILE = "model.ubj"
_OBJECTIVES = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}


@dataclass(frozen=True)
class Boosted:
    """An XGBoost booster."""

    booster: xgboost.Booster
    output: Output = "log_odds"
    scaled: ClassVar[bool] = False

    def scores(self, matrix: Matrix) -> Vector:
        """Return the probability of the positive class or of each one, or the value."""
        return np.asarray(self.booster.inplace_predict(matrix), dtype=np.float64)

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Return the booster's own exact tree SHAP values."""
        values = self.booster.predict(xgboost.DMatrix(matrix), pred_contribs=True)
        return split_base(np.asarray(values, dtype=np.float64))

    def save(self, folder: Path) -> None:
        """Write UBJSON."""
        self.booster.save_model(folder / FILE)


class _Progress(xgboost.callback.TrainingCallback):
    """Tells how far training is, from time to time."""

    def __init__(self, told: Progress, rounds: int) -> None:
        super().__init__()
        self._told, self._rounds = told, rounds

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Tell, unless it is not time yet."""
        del evals_log
        if step := rung(epoch + 1, self._rounds):
            self._told(step, Boosted(model).scores)
        return False


def fit(
    matrix: Matrix,
    answers: Answers,
    *,
    hyperparameters: dict[str, Any],
    seed: int,
    threads: int,
    progress: Progress | None = None,
) -> Boosted:
    """Train; ``n_estimators`` is the number of trees, everything else is XGBoost's own parameter."""
    objective: dict[str, Any] = {"objective": _OBJECTIVES[answers.problem]}
    if answers.problem == "multiclass":
        objective["num_class"] = len(answers.classes)
    parameters = {**objective, "tree_method": "hist", "verbosity": 1, **hyperparameters}
    rounds = int(parameters.pop("n_estimators", 100))
    parameters |= {"seed": seed, "nthread": threads}
    try:
        data = xgboost.QuantileDMatrix(
            matrix, label=answers.values.astype(np.float32), weight=answers.weights, nthread=threads
        )
        told = [_Progress(progress, rounds)] if progress else None
        booster = xgboost.train(parameters, data, num_boost_round=rounds, callbacks=told)
    except xgboost.core.XGBoostError as error:
        raise InvalidSpec(
            "XGBoost refused the hyper-parameters.",
            found=str(hyperparameters),
            expected=str(error).splitlines()[-1],
        ) from error
    return Boosted(booster, _output(booster))


def load(folder: Path, *, threads: int) -> Boosted:
    """Read UBJSON."""
    booster = xgboost.Booster(model_file=folder / FILE)
    booster.set_param({"nthread": threads})
    return Boosted(booster, _output(booster))


def _output(booster: xgboost.Booster) -> Output:
    """Return the unit of a booster's margins."""
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    return "log_odds" if str(objective).startswith(("binary:", "multi:")) else "value"
