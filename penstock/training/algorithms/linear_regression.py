"""Linear regression by scikit-learn (ridge, or elastic net with ``l1_ratio``), kept as plain coefficients."""

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
    """Fit scikit-learn's ``Ridge``, or its ``ElasticNet`` if ``l1_ratio`` is given; parameters are theirs."""
    from sklearn.linear_model import ElasticNet, Ridge

    del threads
    exact = matrix.astype(np.float64)
    kind = ElasticNet if "l1_ratio" in hyperparameters else Ridge
    try:
        model = kind(**{"random_state": seed, **hyperparameters})
        model.fit(exact, answers.values, sample_weight=answers.weights)
    except (TypeError, ValueError) as error:
        raise InvalidSpec(
            "scikit-learn refused the hyper-parameters.", found=str(hyperparameters), expected=str(error)
        ) from error
    return Linear(np.asarray(model.intercept_), np.asarray(model.coef_), exact.mean(axis=0), "value")


def load(folder: Path, *, threads: int) -> Linear:
    """Read the coefficients."""
    del threads
    return read_linear(folder)
