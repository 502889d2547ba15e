"""LightGBM's leaf-wise trees, kept in its own text format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import lightgbm
import numpy as np

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Answers, Matrix, Output, Progress, Vector, rung, split_base

scaled = False
FILE = "model.txt"
_SAYS = "objective="
_OBJECTIVES = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}


@dataclass(frozen=True)
class Leafwise:
    """A LightGBM booster."""

    booster: lightgbm.Booster
    threads: int
    output: Output = "log_odds"
    scaled: ClassVar[bool] = False

    def scores(self, matrix: Matrix) -> Vector:
        """Return the probability of the positive class or of each one, or the value."""
        return np.asarray(self.booster.predict(matrix, num_threads=self.threads), dtype=np.float64)

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Return the booster's own exact tree SHAP values."""
        values = self.booster.predict(matrix, pred_contrib=True, num_threads=self.threads)
        array, classes = np.asarray(values, dtype=np.float64), self.booster.num_model_per_iteration()
        shape = (len(matrix), classes, -1) if classes > 1 else (len(matrix), -1)
        return split_base(array.reshape(shape))

    def save(self, folder: Path) -> None:
        """Write LightGBM's text."""
        self.booster.save_model(folder / FILE)


def fit(
    matrix: Matrix,
    answers: Answers,
    *,
    hyperparameters: dict[str, Any],
    seed: int,
    threads: int,
    progress: Progress | None = None,
) -> Leafwise:
    """Train; ``n_estimators`` is the number of trees, everything else is LightGBM's own parameter."""
    rest = dict(hyperparameters)
    rounds = int(rest.pop("n_estimators", 100))
    objective: dict[str, Any] = {"objective": _OBJECTIVES[answers.problem]}
    if answers.problem == "multiclass":
        objective["num_class"] = len(answers.classes)
    parameters = {
        **objective,
        "verbosity": -1,
        **rest,
        "seed": seed,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
    }
    try:
        label = answers.values.astype(np.float32)
        data = lightgbm.Dataset(matrix, label=label, weight=answers.weights, params=parameters)
        told = [_telling(progress, rounds, threads)] if progress else None
        booster = lightgbm.train(parameters, data, num_boost_round=rounds, callbacks=told)
    except lightgbm.basic.LightGBMError as error:
        raise InvalidSpec(
            "LightGBM refused the hyper-parameters.", found=str(hyperparameters), expected=str(error)
        ) from error
    return Leafwise(booster, threads, "value" if answers.problem == "regression" else "log_odds")


def _telling(progress: Progress, rounds: int, threads: int) -> Callable[[Any], None]:
    """Return a callback that tells how far training is, from time to time."""

    def tell(environment: Any) -> None:
        if step := rung(environment.iteration + 1, rounds):
            progress(step, Leafwise(environment.model, threads).scores)

    return tell


def load(folder: Path, *, threads: int) -> Leafwise:
    """Read LightGBM's text, whose head names the objective."""
    text = (folder / FILE).read_text(encoding="utf-8")
    objective = next((line for line in text.split("\n\n", 1)[0].splitlines() if line.startswith(_SAYS)), "")
    known = objective.removeprefix(_SAYS).startswith(("binary", "multiclass"))
    return Leafwise(lightgbm.Booster(model_str=text), threads, "log_odds" if known else "value")
