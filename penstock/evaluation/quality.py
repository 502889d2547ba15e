"""The evaluation in the format that SageMaker has for each problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.evaluation.bootstrap import Interval
from penstock.evaluation.metrics import Labels, Vector, average_precision, confusion_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.training.algorithms import Answers

_DRAWS = 200
_AREA_DRAWS = 50
_DRAWN_ROWS = 20_000
_FEWEST_DRAWS = 10
_MOST_CELLS = 4_000_000
"""Cells of confusion matrices that are drawn for the deviations of weighted metrics."""


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
        counted = multiclass_classification_metrics(answers, score, seed=seed)
        return {"multiclass_classification_metrics": {**counted, **found}}
    return {f"{answers.problem}_metrics": found}


def multiclass_classification_metrics(answers: Answers, score: Vector, *, seed: int) -> dict[str, Any]:
    """Return what follows from the confusion matrix, by names of classes.

    Rows of a class that the model does not know count as wrong; the matrix has no line for them. The best
    constant classifier always says the most frequent class.

    Examples
    --------
    >>> from penstock.training.algorithms import Answers
    >>> known = Answers("multiclass", np.array([0, 0, 1, 1]), ("a", "b"))
    >>> found = multiclass_classification_metrics(known, np.eye(2)[[0, 0, 1, 0]], seed=1)
    >>> found["confusion_matrix"]["b"], found["weighted_recall"]["value"]
    ({'a': 1, 'b': 1}, 0.75)
    >>> found["weighted_precision_best_constant_classifier"]["value"]
    0.25
    """
    names, said, truth = answers.classes, score.argmax(axis=1), answers.values
    classes, unknown = len(names), len(names)
    places = np.where(truth >= 0, truth, unknown)
    best = np.full(len(truth), np.bincount(places, minlength=classes + 1)[:classes].argmax())
    counts, constant = (
        np.bincount(places * classes + one, minlength=(classes + 1) * classes) for one in (said, best)
    )
    matrix = counts.reshape(-1, classes)
    return {
        "confusion_matrix": {
            name: dict(zip(names, line, strict=True))
            for name, line in zip(names, matrix[:classes].tolist(), strict=True)
        },
        **_weighted_with_deviation(counts, classes, seed),
        **{
            f"{name}_best_constant_classifier": entry
            for name, entry in _weighted_with_deviation(constant, classes, seed).items()
        },
    }


def _weighted_with_deviation(
    counts: NDArray[np.int64], classes: int, seed: int
) -> dict[str, dict[str, float]]:
    """Return each weighted rate with its standard deviation over resamples, fewer of many classes."""
    total, generator = int(counts.sum()), np.random.default_rng(seed)
    draws = max(_FEWEST_DRAWS, min(_DRAWS, _MOST_CELLS // len(counts)))
    share = counts / total
    drawn = [_weighted(generator.multinomial(total, share), classes) for _ in range(draws)]
    values = _weighted(counts, classes)
    return {
        name: _entry(value, float(np.std([one[name] for one in drawn]))) for name, value in values.items()
    }


def _weighted(counts: NDArray[np.int64], classes: int) -> dict[str, float]:
    """Return accuracy, and the classes' rates weighted by their rows."""
    matrix = counts.reshape(-1, classes).astype(np.float64)
    hits, rows, claims = np.diag(matrix[:classes]), matrix.sum(axis=1)[:classes], matrix.sum(axis=0)
    rates = confusion_rates(hits, claims - hits, rows - hits, np.zeros(classes))
    share = rows / max(float(rows.sum()), 1.0)
    weighted = {
        f"weighted_{name}": float((share * rates[name]).sum())
        for name in ("recall", "precision", "f0_5", "f1", "f2")
    }
    return {"accuracy": float(hits.sum()) / max(float(matrix.sum()), 1.0), **weighted}


def binary_classification_metrics(
    label: Labels,
    score: Vector,
    *,
    intervals: dict[str, Interval],
    curve: dict[str, Any],
    threshold: float,
    seed: int,
) -> dict[str, Any]:
    """Return ``evaluation.json`` of a yes/no question; parameters as of :func:`evaluation_document`.

    Notes
    -----
    A resample's confusion counts are multinomial, so they are drawn directly.
    """
    counts = _confusion(label, score >= threshold)
    found = _with_deviation(counts, seed)
    for name in ("auc", "log_loss", "brier"):
        found[name] = _entry(intervals[name].value, intervals[name].standard_deviation)
    found["au_prc"] = _precision_recall_area(label, score, seed)
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


def _precision_recall_area(label: Labels, score: Vector, seed: int) -> dict[str, float]:
    """Return the area under the precision-recall curve; its deviation is drawn of some of the rows."""
    value = float(average_precision(label, score, np.ones((1, len(label))))[0])
    kept = np.linspace(0, len(label) - 1, min(len(label), _DRAWN_ROWS)).round().astype(np.int64)
    generator = np.random.default_rng(seed)
    weights = generator.poisson(1.0, (_AREA_DRAWS, len(kept))).astype(np.float32)
    spread = float(average_precision(label[kept], score[kept], weights).std())
    return _entry(value, spread * float(np.sqrt(len(kept) / len(label))))


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
