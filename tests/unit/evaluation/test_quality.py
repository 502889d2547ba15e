"""The evaluation in SageMaker's format, compared with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.evaluation.bootstrap import measure
from penstock.evaluation.measuring import measured_often
from penstock.evaluation.metrics import average_precision
from penstock.evaluation.quality import evaluation_document
from penstock.training.algorithms import Answers

RNG = np.random.default_rng(6)
NAMES = ("ash", "birch", "elm")
TRUTH = RNG.choice(3, 400, p=[0.5, 0.3, 0.2])
SCORES = RNG.dirichlet([1, 1, 1], 400) + np.eye(3)[TRUTH]
SCORES = SCORES / SCORES.sum(axis=1, keepdims=True)


def document(answers, scores):
    intervals = measure(answers, {"m": scores}, seed=1, resamples=50).metrics["m"]
    return evaluation_document(answers, scores, intervals=intervals, curve={}, threshold=0.5, seed=1)


def test_classes_have_sagemakers_weighted_metrics():
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    found = document(Answers("multiclass", TRUTH, NAMES), SCORES)["multiclass_classification_metrics"]
    said, usual = SCORES.argmax(axis=1), np.zeros(400, dtype=int)
    matrix = [list(line.values()) for line in found["confusion_matrix"].values()]
    assert matrix == confusion_matrix(TRUTH, said).tolist()
    assert list(found["confusion_matrix"]) == list(NAMES)
    for ending, answers in (("", said), ("_best_constant_classifier", usual)):
        for name, beta in (("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0)):
            precision, recall, f, _ = precision_recall_fscore_support(
                TRUTH, answers, beta=beta, average="weighted", zero_division=0
            )
            assert found[f"weighted_{name}{ending}"]["value"] == pytest.approx(f)
            assert found[f"weighted_precision{ending}"]["value"] == pytest.approx(precision)
            assert found[f"weighted_recall{ending}"]["value"] == pytest.approx(recall)
        assert found[f"accuracy{ending}"]["value"] == pytest.approx((answers == TRUTH).mean())
    entries = {name: entry for name, entry in found.items() if name != "confusion_matrix"}
    assert all(set(entry) == {"value", "standard_deviation"} for entry in entries.values())
    # A share of n rows deviates by sqrt(p (1 - p) / n).
    share = found["accuracy_best_constant_classifier"]
    expected = (share["value"] * (1 - share["value"]) / 400) ** 0.5
    assert share["standard_deviation"] == pytest.approx(expected, rel=0.2)


def test_rows_of_an_unknown_class_count_as_wrong():
    truth = TRUTH.copy()
    truth[:100] = -1
    found = document(Answers("multiclass", truth, NAMES), SCORES)["multiclass_classification_metrics"]
    assert found["accuracy"]["value"] == pytest.approx((SCORES.argmax(axis=1) == truth).mean())
    assert sum(sum(line.values()) for line in found["confusion_matrix"].values()) == 300


def test_the_area_under_the_precision_recall_curve_is_scikit_learns():
    from sklearn.metrics import average_precision_score

    score = np.round(RNG.random(500), 2)
    label = RNG.random(500) < score
    assert average_precision(label, score, np.ones((1, 500)))[0] == pytest.approx(
        average_precision_score(label, score)
    )
    weights = RNG.integers(0, 4, (3, 500))
    expected = [average_precision_score(label, score, sample_weight=line) for line in weights]
    assert average_precision(label, score, weights.astype(float)) == pytest.approx(expected)


def test_the_median_error_is_that_of_repeated_rows():
    truth = RNG.normal(size=41)
    said = truth + RNG.normal(size=41)
    for count in (40, 41):
        weights = np.vstack([np.ones(count), RNG.integers(0, 3, count)])
        found = measured_often(Answers("regression", truth[:count]), said[:count], weights)[
            "median_absolute_error"
        ]
        error = np.abs(truth - said)[:count]
        expected = [np.median(np.repeat(error, line.astype(int))) for line in weights]
        assert found == pytest.approx(expected)


def test_values_have_sagemakers_losses():
    truth = RNG.normal(size=300)
    said = truth + RNG.normal(0, 0.5, 300)
    found = document(Answers("regression", truth), said)["regression_metrics"]
    assert set(found) >= {"mae", "mse", "rmse", "r2"}
    assert found["mse"]["value"] == pytest.approx(((truth - said) ** 2).mean())
    assert 0 < found["mae"]["standard_deviation"] < 0.1
