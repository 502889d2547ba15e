"""Trends over versions, sudden drops and ageing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from penstock.evaluation.bootstrap import measure
from penstock.evaluation.history import AgedQuality, PastVersion, decline_check, drop_check, staleness, trend
from penstock.training.algorithms import Answers

START = datetime(2026, 1, 1, tzinfo=UTC)


def versions(*values):
    return [
        PastVersion(version=str(n), trained_at=START + timedelta(days=30 * n), metric=value)
        for n, value in enumerate(values)
    ]


@pytest.mark.parametrize("values", [[3, 1, 2, 5, 4], [5, 4, 3, 2, 1, 0], [1, 2, 3, 4], [9, 7, 8, 3, 2, 4, 1]])
def test_the_exact_p_value_is_that_of_kendalls_test(values):
    from scipy.stats import kendalltau

    expected = kendalltau(range(len(values)), values, alternative="less", method="exact").pvalue
    assert trend(values).p_value == pytest.approx(expected)


def test_many_or_tied_values_use_the_normal_distribution():
    rng = np.random.default_rng(1)
    falling = (-np.arange(30) * 0.1 + rng.normal(size=30)).tolist()
    assert trend(falling).p_value < 0.001
    assert trend([1.0] * 6).p_value == 1.0
    assert trend([0.9, 0.9, 0.8, 0.8, 0.7]).p_value < 0.05


def test_a_steady_fall_beyond_the_limit_is_refused_and_noise_is_not():
    falling = versions(0.90, 0.89, 0.885, 0.87)
    failed = decline_check(falling, 0.86, metric="auc", limit=0.02)
    assert failed is not None and not failed.passed
    assert "last 5 versions" in failed.reason
    assert decline_check(falling, 0.91, metric="auc", limit=0.02).passed  # it recovers
    assert decline_check(falling, 0.86, metric="auc", limit=0.1).passed  # little enough
    assert decline_check(versions(0.9, 0.8), 0.7, metric="auc", limit=0.02) is None  # too few to say


def test_a_loss_that_rises_is_a_decline():
    assert not decline_check(versions(0.3, 0.32, 0.35, 0.4), 0.5, metric="log_loss", limit=0.02).passed
    assert decline_check(versions(0.5, 0.4, 0.35, 0.32), 0.3, metric="log_loss", limit=0.02).passed


def test_versions_are_ordered_by_their_training():
    shuffled = versions(0.90, 0.89, 0.885, 0.87)[::-1]
    assert not decline_check(shuffled, 0.86, metric="auc", limit=0.02).passed


def test_a_sudden_drop_on_the_same_rows_is_refused():
    rng = np.random.default_rng(2)
    label = rng.random(500) < 0.5
    good, poor = label * 0.4 + rng.random(500) * 0.6, rng.random(500)
    sample = measure(Answers("binary", label), {"new": poor, "champion": good}, seed=1)
    failed = drop_check(sample, "new", "champion", metric="auc", version="7", limit=0.05)
    assert not failed.passed
    assert "version 7 on the same 500 test rows" in failed.reason
    assert drop_check(sample, "champion", "new", metric="auc", version="7", limit=0.05).passed


def test_ageing_compares_each_version_with_itself():
    strong = [AgedQuality(version="1", age_days=day, metric=0.95 - 0.001 * day) for day in (1, 20, 40)]
    weak = [AgedQuality(version="2", age_days=day, metric=0.70 - 0.001 * day) for day in (90, 91, 92, 93)]
    found = staleness([*weak, *strong], metric="auc", tolerance=0.02)
    assert found.change_in_30_days == pytest.approx(-0.03)
    assert found.days_to_tolerance == pytest.approx(20)
    assert [point.measurements for point in found.points] == [1, 1, 1, 4]
    assert staleness([], metric="auc", tolerance=0.02) is None
    growing = [AgedQuality(version="1", age_days=day, metric=30.0 + day) for day in (0, 10)]
    # An error with a unit tolerates a share: a tenth of 35.
    assert staleness(growing, metric="rmse", tolerance=0.1).days_to_tolerance == pytest.approx(3.5)


def test_an_error_in_units_may_grow_by_a_share():
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 100, 400)
    error = rng.normal(0, 50, 400)
    sample = measure(
        Answers("regression", truth), {"new": truth + 1.04 * error, "champion": truth + error}, seed=1
    )
    for limit, passed in ((0.05, True), (0.03, False)):
        check = drop_check(sample, "new", "champion", metric="rmse", version="1", limit=limit)
        assert check.passed is passed
    assert decline_check(versions(50, 51, 52, 53), 54, metric="rmse", limit=0.1).passed
    assert not decline_check(versions(50, 51, 52, 53), 54, metric="rmse", limit=0.05).passed
