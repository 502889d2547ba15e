"""XGBoost's histogram trees, kept in its own UBJSON format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import xgboost

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Answers, Matrix, Output, Progress, Vector, retold, rung, split_base
from penstock.training.checkpoints import EVERY, Checkpoints, grown

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
    """Tells how far training is, from time to time; a piece begins after ``done`` rounds."""

    def __init__(self, told: Progress, rounds: int, done: int) -> None:
        super().__init__()
        self._told, self._rounds, self._done = told, rounds, done

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Tell, unless it is not time yet."""
        del evals_log
        if step := rung(self._done + epoch + 1, self._rounds):
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
    checkpoints: Checkpoints | None = None,
) -> Boosted:
    """Train; ``n_estimators`` is the number of trees, ``checkpoint_rounds`` after how many training is saved.

    Everything else is XGBoost's own parameter.
    """
    objective: dict[str, Any] = {"objective": _OBJECTIVES[answers.problem]}
    if answers.problem == "multiclass":
        objective["num_class"] = len(answers.classes)
    parameters = {**objective, "tree_method": "hist", "verbosity": 1, **hyperparameters}
    rounds, every = int(parameters.pop("n_estimators", 100)), parameters.pop(EVERY, None)
    parameters |= {"nthread": threads}

    def grow(before: bytes | None, done: int, more: int) -> bytes:
        told = [_Progress(progress, rounds, done)] if progress else None
        begun = _read(before, threads) if before else None
        booster = xgboost.train(
            {**parameters, "seed": seed + done}, data, num_boost_round=more, xgb_model=begun, callbacks=told
        )
        return bytes(booster.save_raw("ubj"))

    def resumed(before: bytes, done: int) -> None:
        begun = _read(before, threads)
        retold(progress, done, rounds, lambda number: Boosted(begun[:number]).scores)

    try:
        data = xgboost.QuantileDMatrix(
            matrix, label=answers.values.astype(np.float32), weight=answers.weights, nthread=threads
        )
        raw = grown(rounds, int(every) if every else None, grow, checkpoints, resumed)
    except xgboost.core.XGBoostError as error:
        raise InvalidSpec(
            "XGBoost refused the hyper-parameters.",
            found=str(hyperparameters),
            expected=str(error).splitlines()[-1],
        ) from error
    booster = _read(raw, threads)
    return Boosted(booster, _output(booster))


def load(folder: Path, *, threads: int) -> Boosted:
    """Read UBJSON."""
    booster = _read((folder / FILE).read_bytes(), threads)
    return Boosted(booster, _output(booster))


def _read(raw: bytes, threads: int) -> xgboost.Booster:
    """Read a saved booster."""
    booster = xgboost.Booster(model_file=bytearray(raw))
    booster.set_param({"nthread": threads})
    return booster


def _output(booster: xgboost.Booster) -> Output:
    """Return the unit of a booster's margins."""
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    return "log_odds" if str(objective).startswith(("binary:", "multi:")) else "value"
