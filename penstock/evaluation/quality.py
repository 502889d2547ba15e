"""The evaluation in the format that SageMaker has for each problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.evaluation.bootstrap import Interval
from penstock.evaluation.metrics import Labels, Vector, confusion_rates

if TYPE_CHECKING:
    from penstock.training.algorithms import Answers

_DRAWS = 200


def evaluation_document(
    answers: Answers,
    score: Vector,
    *,
    intervals: dict[str, Interval],
    curve: dict[str, Any],
    threshold: float,
    seed: int,
) -> dict[str, Any]:
    """Return ``evaluation.json``; clusterings, of which SageMaker has no format, are written alike.

    Parameters
    ----------
    answers, score
        The test rows' answers and the chosen model's scores.
    intervals
        Its metrics as measured by the bootstrap.
    curve
        What :func:`penstock.evaluation.curves.curves` returned, of a yes/no question.
    threshold
        From this score on, a row counts as predicted positive.
    seed
        For the standard deviations of the metrics that follow from the confusion counts.
    """
    if answers.problem == "binary":
        return binary_classification_metrics(
            answers.values, score, intervals=intervals, curve=curve, threshold=threshold, seed=seed
        )
    found = {name: _entry(one.value, one.standard_deviation) for name, one in intervals.items()}
    if answers.problem == "multiclass":
        return {"multiclass_classification_metrics": {**_of_classes(answers, score), **found}}
    return {f"{answers.problem}_metrics": found}


def _of_classes(answers: Answers, score: Vector) -> dict[str, Any]:
    """Return the confusion matrix by names of classes."""
    names, said = answers.classes, score.argmax(axis=1)
    rows = {
        name: {other: int(((answers.values == n) & (said == m)).sum()) for m, other in enumerate(names)}
        for n, name in enumerate(names)
    }
    return {"confusion_matrix": rows}


def binary_classification_metrics(
    label: Labels,
    score: Vector,
    *,
    intervals: dict[str, Interval],
    curve: dict[str, Any],
    threshold: float,
    seed: int,
) -> dict[str, Any]:
    """Return ``evaluation.json``.

    Parameters
    ----------
    label, score
        The test rows' answers and the chosen model's scores.
    intervals
        Its metrics as measured by the bootstrap.
    curve
        What :func:`penstock.evaluation.curves.curves` returned.
    threshold
        From this score on, a row counts as predicted positive.
    seed
        For the standard deviations of the metrics that follow from the confusion counts.

    Notes
    -----
    A resample's confusion counts are multinomial, so they are drawn directly.
    """
    counts = _confusion(label, score >= threshold)
    found = _with_deviation(counts, seed)
    for name in ("auc", "log_loss", "brier"):
        found[name] = _entry(intervals[name].value, intervals[name].standard_deviation)
    constant = _with_deviation(
        _confusion(label, np.full(len(label), bool(2 * label.sum() >= len(label)))), seed
    )
    best = {
        f"{name}_best_constant_classifier": constant[name]
        for name in ("accuracy", "precision", "recall", "f0_5", "f1", "f2")
    }
    tp, fp, fn, tn = (int(count) for count in counts)
    return {
        "binary_classification_metrics": {
            "confusion_matrix": {"0": {"0": tn, "1": fp}, "1": {"0": fn, "1": tp}},
            **found,
            **best,
            "auc_best_constant_classifier": _entry(0.5, 0.0),
            "receiver_operating_characteristic_curve": {
                key: curve["roc"][key] for key in ("false_positive_rates", "true_positive_rates")
            },
            "precision_recall_curve": curve["precision_recall"],
        }
    }


def _confusion(label: Labels, said: Labels) -> Vector:
    """Count tp, fp, fn, tn."""
    return np.array(
        [(label & said).sum(), (~label & said).sum(), (label & ~said).sum(), (~label & ~said).sum()],
        dtype=np.float64,
    )


def _with_deviation(counts: Vector, seed: int) -> dict[str, dict[str, float]]:
    """Return each rate with its standard deviation over resamples."""
    total = int(counts.sum())
    draws = np.random.default_rng(seed).multinomial(total, counts / total, size=_DRAWS).astype(np.float64)
    spread = confusion_rates(*draws.T)
    values = confusion_rates(*(counts[n : n + 1] for n in range(4)))
    return {name: _entry(float(value[0]), float(spread[name].std())) for name, value in values.items()}


def _entry(value: float, deviation: float) -> dict[str, float]:
    """Return a metric as SageMaker writes it."""
    return {"value": value, "standard_deviation": deviation}
