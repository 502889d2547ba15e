"""Robustness, calibration, business cost and the cost of complexity."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from penstock.evaluation.bootstrap import measure
from penstock.evaluation.calibration import calibration, reliability
from penstock.evaluation.complexity import Running, complexity
from penstock.evaluation.cost import best_threshold, cost
from penstock.evaluation.robustness import robustness, robustness_checks
from penstock.evaluation.slices import Scored
from penstock.specs import CostSpec, RobustnessSpec
from penstock.training.algorithms import Answers
from penstock.training.arrow import numbers

RNG = np.random.default_rng(5)
ROWS = pa.table(
    {"x": RNG.normal(size=1_000), "word": RNG.choice(["a", "b"], 1_000), "idle": RNG.random(1_000)}
)


class Steep:
    """Says yes above 0 of x, a little more for the word a, and nothing by ``idle``."""

    preparation = SimpleNamespace(inputs=("x", "word", "idle"))
    card = SimpleNamespace(threshold=0.5)

    def scores(self, table):
        x = np.nan_to_num(numbers(table["x"]))
        word = np.array([value == "a" for value in table["word"].to_pylist()])
        return 1 / (1 + np.exp(-3 * x - word))


def disturbed(spec=None, seed=7):
    model = Steep()
    score = model.scores(ROWS)
    label = np.random.default_rng(1).random(1_000) < score
    rows = Scored(ROWS, Answers("binary", label), score)
    return robustness(model, rows, ROWS, spec=spec or RobustnessSpec(), metric="auc", seed=seed)


def test_more_disturbance_does_more_harm():
    by = {one.name: one for one in disturbed().scenarios}
    assert set(by) == {"noise_10", "noise_50", "missing_10", "missing_30", "unseen_10", "out_of_range_10"}
    assert 0 < by["noise_10"].changed < by["noise_50"].changed
    assert by["missing_10"].fall < by["missing_30"].fall
    assert by["out_of_range_10"].changed == pytest.approx(0.05, abs=0.03)  # half of a tenth turns round


def test_a_column_that_matters_is_missed_and_an_idle_one_is_not():
    without = disturbed().without
    assert without[0].name == "x"
    (idle,) = [one for one in without if one.name == "idle"]
    assert (idle.fall, idle.changed) == (0.0, 0.0)


def test_the_same_seed_disturbs_alike_and_another_does_not():
    assert disturbed() == disturbed()
    assert disturbed(seed=8) != disturbed()


def test_limits_refuse_a_fall_and_unknown_scenarios():
    found = disturbed()
    checks = robustness_checks(found, {"noise_10": 0.5, "missing_30": 1e-6, "flood": 1.0})
    assert [check.passed for check in checks] == [True, False, False]
    assert "no scenario is called 'flood'; there are noise_10" in checks[2].reason


def test_the_expected_calibration_error_is_that_of_its_bins():
    score = np.repeat([0.1, 0.9], 500)
    truth = np.r_[np.arange(500) < 50, np.arange(500) < 250]
    found = reliability(score, truth)
    assert found.expected_error == pytest.approx(0.2)
    assert found.largest_error == pytest.approx(0.4)
    assert found.rows == (500, 500)


def test_the_parts_of_the_brier_score_add_up():
    score = RNG.random(2_000)
    truth = RNG.random(2_000) < score
    found = reliability(score, truth)
    total = found.reliability - found.resolution + found.uncertainty + found.within_bins
    assert total == pytest.approx(found.brier)
    assert found.brier == pytest.approx(((score - truth) ** 2).mean())
    assert found.expected_error < 0.05 < reliability(score**3, truth).expected_error


def test_classes_are_calibrated_one_by_one_and_values_are_not():
    share = RNG.dirichlet([1, 1, 1], 3_000)
    said = np.array([RNG.choice(3, p=line) for line in share[:500]])
    found = calibration(Answers("multiclass", said, ("a", "b", "c")), share[:500])
    assert set(found["classes"]) == {"a", "b", "c"}
    assert found["mean_expected_error"] < 0.1
    assert calibration(Answers("regression", np.ones(3)), np.ones(3)) is None


def test_the_best_threshold_is_the_cheapest_of_all():
    score, spec = np.round(RNG.random(400), 2), CostSpec(false_positive=1, false_negative=4)
    label = RNG.random(400) < score

    def price(at):
        said = score >= at
        return (~label & said).sum() + 4 * (label & ~said).sum()

    best = best_threshold(label, score, spec)
    assert price(best) == min(price(at) for at in (*np.unique(score), 2.0))
    assert best < 0.5
    never = best_threshold(label, score, CostSpec(false_positive=100))
    assert price(never) == 4 * label.sum()


def test_costs_of_values_and_classes_count_errors():
    table = pa.table({})
    value = Scored(table, Answers("regression", np.array([1.0, 2.0, 6.0])), np.array([1.0, 3.0, 4.0]))
    found = cost(value, value, spec=CostSpec(error=10), threshold=0.5)
    assert (found.a_row, found.without_model) == (pytest.approx(10), pytest.approx(50 / 3))
    names = Scored(
        table, Answers("multiclass", np.array([0, 0, 1, 2]), ("a", "b", "c")), np.eye(3)[[0, 0, 1, 1]]
    )
    found = cost(names, names, spec=CostSpec(error=8), threshold=0.5)
    assert (found.a_row, found.without_model, found.saved) == (2.0, 4.0, 2.0)


def test_the_simplest_model_that_is_as_good_is_named():
    label = RNG.random(600) < 0.5
    good = label * 0.5 + RNG.random(600) * 0.5
    scores = {"baseline": np.full(600, 0.5), "small": good, "large": np.clip(good + 1e-9, 0, 1)}
    sample = measure(Answers("binary", label), scores, seed=1)
    running = {"baseline": Running(0.1, 10), "small": Running(0.2, 100), "large": Running(5.0, 10_000)}
    found = complexity(sample, running, metric="auc", chosen="large", baseline="baseline")
    assert found.simplest_as_good == "small"
    by = {one.candidate: one for one in found.candidates}
    assert by["small"].efficient
    assert not by["large"].efficient
    assert by["small"].gain > 0.3
