"""Calibration: whether a probability of 0.7 comes true seven times of ten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.evaluation.metrics import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.training.algorithms import Answers, Vector

BINS = 15


class Reliability(BaseModel):
    """Probabilities in bins of equal width against what came true.

    ``expected_error`` is the mean difference of the two weighted by rows, ``largest_error`` the largest. The
    Brier score is ``reliability - resolution + uncertainty + within_bins`` (Murphy 1973; Stephenson et al.
    2008 for the last part, which is 0 when all scores of a bin are equal).
    """

    model_config = ConfigDict(frozen=True)

    expected_error: float
    largest_error: float
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float
    mean_score: tuple[float, ...]
    share_true: tuple[float, ...]
    rows: tuple[int, ...]


def reliability(score: Vector, came_true: NDArray[np.bool_], *, bins: int = BINS) -> Reliability:
    """Compare probabilities with what came true.

    Examples
    --------
    >>> found = reliability(np.array([0.2, 0.2, 0.2, 0.2, 0.2]), np.array([True, False, False, False, False]))
    >>> round(found.expected_error, 9), round(found.brier, 2), round(found.uncertainty, 2)
    (0.0, 0.16, 0.16)
    """
    place = np.minimum((score * bins).astype(np.int64), bins - 1)
    truth = came_true.astype(np.float64)
    rows = np.bincount(place, minlength=bins).astype(np.float64)
    kept = rows > 0
    said, real = (ratio(_sums(place, values, bins), rows) for values in (score, truth))
    weight, base = rows / len(score), float(truth.mean())
    gap = np.abs(said - real)
    brier = float(((score - truth) ** 2).mean())
    parts = (
        float((weight * (said - real) ** 2).sum()),
        float((weight * (real - base) ** 2)[kept].sum()),
        base * (1 - base),
    )
    return Reliability(
        expected_error=float((weight * gap).sum()), largest_error=float(gap[kept].max()), brier=brier,
        reliability=parts[0], resolution=parts[1], uncertainty=parts[2],
        within_bins=brier - (parts[0] - parts[1] + parts[2]),
        mean_score=tuple(said[kept].tolist()), share_true=tuple(real[kept].tolist()),
        rows=tuple(rows[kept].astype(int).tolist()),
    )  # fmt: skip


def _sums(place: NDArray[np.int64], values: Vector, bins: int) -> Vector:
    """Sum values by bin."""
    return np.bincount(place, weights=values, minlength=bins).astype(np.float64)


def calibration(answers: Answers, scores: Vector) -> dict[str, Any] | None:
    """Return the reliability of a classifier's probabilities; other problems have none.

    Of several classes: that of the predicted class, that of each class, and their mean expected error.
    """
    if answers.problem == "binary":
        return reliability(scores, answers.values).model_dump(mode="json")
    if answers.problem != "multiclass":
        return None
    lines, best = np.arange(len(scores)), scores.argmax(axis=1)
    top = reliability(np.clip(scores[lines, best], 0.0, 1.0), best == answers.values)
    each = {
        name: reliability(np.clip(scores[:, place], 0.0, 1.0), answers.values == place)
        for place, name in enumerate(answers.classes)
    }
    return {
        "predicted_class": top.model_dump(mode="json"),
        "mean_expected_error": float(np.mean([one.expected_error for one in each.values()])),
        "classes": {name: one.model_dump(mode="json") for name, one in each.items()},
    }
