"""Metrics against scikit-learn's, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.evaluation.bootstrap import measure
from penstock.evaluation.curves import curves
from penstock.evaluation.metrics import METRICS, point_metrics, weighted_auc, weighted_metrics
from penstock.training.algorithms import Answers

RNG = np.random.default_rng(5)
SCORE = np.round(RNG.random(500), 2)  # rounded, so that there are ties
LABEL = RNG.random(500) < SCORE


def test_metrics_equal_scikit_learns():
    from sklearn import metrics

    said, found = SCORE >= 0.5, point_metrics(LABEL, SCORE)
    expected = {
        "auc": metrics.roc_auc_score(LABEL, SCORE),
        "accuracy": metrics.accuracy_score(LABEL, said),
        "f1": metrics.f1_score(LABEL, said),
        "precision": metrics.precision_score(LABEL, said),
        "recall": metrics.recall_score(LABEL, said),
        "log_loss": metrics.log_loss(LABEL, np.clip(SCORE, 1e-15, 1 - 1e-15)),
        "brier": metrics.brier_score_loss(LABEL, SCORE),
    }
    assert set(expected) == set(METRICS)
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_weight_counts_as_a_repeated_row():
    weights = RNG.integers(0, 4, (3, 500)).astype(float)
    found = weighted_metrics(LABEL, SCORE, weights)
    for n, line in enumerate(weights.astype(int)):
        repeated = point_metrics(np.repeat(LABEL, line), np.repeat(SCORE, line))
        assert {name: values[n] for name, values in found.items()} == pytest.approx(repeated, abs=1e-9)


def test_auc_without_one_class_is_no_number():
    assert np.isnan(weighted_auc(np.array([True, True]), np.array([0.1, 0.2]), np.ones((1, 2))))[0]


def test_intervals_hold_the_value_and_shrink_with_rows():
    wide = measure(Answers("binary", LABEL[:100]), {"m": SCORE[:100]}, seed=1).metrics["m"]["auc"]
    tight = measure(Answers("binary", np.tile(LABEL, 10)), {"m": np.tile(SCORE, 10)}, seed=1).metrics["m"][
        "auc"
    ]
    assert wide.low < wide.value < wide.high
    assert tight.high - tight.low < (wide.high - wide.low) / 3


def test_the_same_seed_gives_the_same_interval():
    first, second = (
        measure(Answers("binary", LABEL), {"m": SCORE}, seed=3).metrics["m"]["f1"] for _ in range(2)
    )
    assert first == second


def test_a_difference_is_paired_and_says_who_is_better():
    noisy = np.clip(SCORE + RNG.normal(0, 0.3, 500), 0, 1)
    sample = measure(Answers("binary", LABEL), {"clear": SCORE, "noisy": noisy}, seed=1)
    assert sample.difference("clear", "noisy", "auc").low > 0
    assert sample.difference("clear", "noisy", "log_loss").value > 0  # lower is better there
    alike = sample.difference("clear", "clear", "auc")
    assert (alike.low, alike.high) == (0.0, 0.0)


def test_curves_are_short_monotone_and_end_at_one():
    score = RNG.random(5_000)
    found = curves(RNG.random(5_000) < score, score)
    roc = found["roc"]
    assert len(roc["true_positive_rates"]) <= 200
    assert roc["true_positive_rates"] == sorted(roc["true_positive_rates"])
    assert (roc["true_positive_rates"][-1], roc["false_positive_rates"][-1]) == (1.0, 1.0)
    calibration = found["calibration"]
    assert np.abs(np.subtract(calibration["mean_score"], calibration["share_positive"])).max() < 0.1
    assert sum(calibration["rows"]) == 5_000
