"""Bootstrap intervals: every model is measured on the same resamples, so that differences are paired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.evaluation.measuring import LOWER_IS_BETTER, METRICS, measured, measured_often

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.training.algorithms import Answers, Matrix, Vector

RESAMPLES = 200
MAXIMUM_ROWS = 50_000
"""More rows than this are thinned for the intervals; values use all."""
_BLOCK = 25
_SIDES = (2.5, 97.5)


class Interval(BaseModel):
    """A metric's value with its 95 % interval and standard deviation."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float
    standard_deviation: float


@dataclass(frozen=True)
class Sample:
    """Metrics of several models on the same rows."""

    rows: int
    metrics: dict[str, dict[str, Interval]]
    draws: dict[str, dict[str, NDArray[np.float64]]]

    def difference(self, first: str, second: str, metric: str) -> Interval:
        """Return how much better ``first`` is than ``second``; above zero is better whatever the metric."""
        sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
        draws = sign * (self.draws[first][metric] - self.draws[second][metric])
        value = sign * (self.metrics[first][metric].value - self.metrics[second][metric].value)
        return _interval(value, draws)


def measure(
    answers: Answers,
    scores: Mapping[str, Vector],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    matrices: Mapping[str, Matrix] | None = None,
) -> Sample:
    """Measure models on the same rows, with paired bootstrap intervals.

    Parameters
    ----------
    answers
        True answers; of a yes/no question, both.
    scores
        For each model its scores of these rows.
    seed
        For the resamples.
    resamples
        How many.
    matrices
        For each model the rows as it sees them; clusterings are measured by them.

    Examples
    --------
    >>> from penstock.training.algorithms import Answers
    >>> label = np.arange(200) % 2 == 0
    >>> models = {"good": label * 0.8 + 0.1, "coin": np.full(200, 0.5)}
    >>> sample = measure(Answers("binary", label), models, seed=1)
    >>> sample.difference("good", "coin", "auc").low > 0.4
    True
    """
    rows, names = len(answers), METRICS[answers.problem]
    seen = dict(matrices or {})
    kept = np.linspace(0, rows - 1, min(rows, MAXIMUM_ROWS)).round().astype(np.int64)
    thin = replace(answers, values=answers.values[kept])
    draws: dict[str, dict[str, list[Vector]]] = {name: {metric: [] for metric in names} for name in scores}
    generator = np.random.default_rng(seed)
    for start in range(0, resamples, _BLOCK):
        weights = _weights(generator, len(kept), min(_BLOCK, resamples - start))
        for name, score in scores.items():
            matrix = seen[name][kept] if name in seen else None
            for metric, values in measured_often(thin, score[kept], weights, matrix=matrix).items():
                draws[name][metric].append(values)
    joined = {
        name: {metric: np.concatenate(parts) for metric, parts in by.items()} for name, by in draws.items()
    }
    points = {name: measured(answers, score, matrix=seen.get(name)) for name, score in scores.items()}
    metrics = {
        name: {metric: _interval(points[name][metric], joined[name][metric]) for metric in names}
        for name in scores
    }
    return Sample(rows=rows, metrics=metrics, draws=joined)


def _weights(generator: np.random.Generator, rows: int, count: int) -> NDArray[np.float32]:
    """Return how often each row is drawn, a line a resample."""
    drawn = generator.integers(0, rows, size=(count, rows), dtype=np.int32)
    return np.stack([np.bincount(line, minlength=rows) for line in drawn]).astype(np.float32)


def _interval(value: float, draws: Vector) -> Interval:
    """Return the percentile interval of the resamples that have a value."""
    known = draws[~np.isnan(draws)]
    if not len(known):
        return Interval(value=value, low=value, high=value, standard_deviation=0.0)
    low, high = np.percentile(known, _SIDES)
    return Interval(value=value, low=float(low), high=float(high), standard_deviation=float(known.std()))
