"""LightGBM's leaf-wise trees, kept in its own text format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import lightgbm
import numpy as np

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Answers, Matrix, Output, Progress, Vector, retold, rung, split_base
from penstock.training.checkpoints import EVERY, Checkpoints, grown

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
    checkpoints: Checkpoints | None = None,
) -> Leafwise:
    """Train; ``n_estimators`` is the number of trees, ``checkpoint_rounds`` after how many training is saved.

    Everything else is LightGBM's own parameter.
    """
    rest = dict(hyperparameters)
    rounds, every = int(rest.pop("n_estimators", 100)), rest.pop(EVERY, None)
    objective: dict[str, Any] = {"objective": _OBJECTIVES[answers.problem]}
    if answers.problem == "multiclass":
        objective["num_class"] = len(answers.classes)
    parameters = {
        **objective,
        "verbosity": -1,
        **rest,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
    }
    told = [_telling(progress, rounds, threads)] if progress else None

    def grow(before: bytes | None, done: int, more: int) -> bytes:
        begun = lightgbm.Booster(model_str=before.decode()) if before else None
        own = {**parameters, "seed": seed + done}
        booster = lightgbm.train(own, data, num_boost_round=more, init_model=begun, callbacks=told)
        return booster.model_to_string().encode()

    def resumed(before: bytes, done: int) -> None:
        begun = lightgbm.Booster(model_str=before.decode())
        retold(progress, done, rounds, lambda number: partial(_scores, begun, number, threads))

    try:
        label = answers.values.astype(np.float32)
        given = {**parameters, "seed": seed}
        data = lightgbm.Dataset(matrix, label, weight=answers.weights, params=given, free_raw_data=False)
        raw = grown(rounds, int(every) if every else None, grow, checkpoints, resumed)
    except lightgbm.basic.LightGBMError as error:
        raise InvalidSpec(
            "LightGBM refused the hyper-parameters.", found=str(hyperparameters), expected=str(error)
        ) from error
    booster = lightgbm.Booster(model_str=raw.decode())
    return Leafwise(booster, threads, "value" if answers.problem == "regression" else "log_odds")


def _scores(booster: lightgbm.Booster, rounds: int, threads: int, matrix: Matrix) -> Vector:
    """Return what the first rounds of a booster predict."""
    found = booster.predict(matrix, num_iteration=rounds, num_threads=threads)
    return np.asarray(found, dtype=np.float64)


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
