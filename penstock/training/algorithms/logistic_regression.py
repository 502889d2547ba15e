"""Logistic regression of two or more classes by scikit-learn, kept as plain coefficients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from penstock.errors import InvalidSpec
from penstock.training.algorithms import Answers, Matrix
from penstock.training.algorithms.linear import FILE, Linear, read_linear

__all__ = ["FILE", "Linear", "fit", "load", "scaled"]

scaled = True


def fit(
    matrix: Matrix, answers: Answers, *, hyperparameters: dict[str, Any], seed: int, threads: int
) -> Linear:
    """Fit scikit-learn's ``LogisticRegression``; hyper-parameters are its own."""
    from sklearn.linear_model import LogisticRegression

    del threads
    exact = matrix.astype(np.float64)
    try:
        model = LogisticRegression(**{"max_iter": 1_000, "random_state": seed, **hyperparameters})
        model.fit(exact, answers.values, sample_weight=answers.weights)
    except (TypeError, ValueError) as error:
        raise InvalidSpec(
            "scikit-learn refused the hyper-parameters.", found=str(hyperparameters), expected=str(error)
        ) from error
    intercept, coefficients = np.asarray(model.intercept_), np.asarray(model.coef_)
    if answers.problem == "binary":
        intercept, coefficients = intercept[0], coefficients[0]
    elif len(answers.classes) == 2:  # noqa: PLR2004 - one margin says both classes
        intercept = np.array([-intercept[0] / 2, intercept[0] / 2])
        coefficients = np.stack([-coefficients[0] / 2, coefficients[0] / 2])
    return Linear(np.asarray(intercept), coefficients, exact.mean(axis=0), "log_odds")


def load(folder: Path, *, threads: int) -> Linear:
    """Read the coefficients."""
    del threads
    return read_linear(folder)
