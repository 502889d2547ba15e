"""LIME, partial dependence and interactions of models that are only asked for predictions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.explainability import (
    CannotExplain,
    interactions,
    lime,
    partial_dependence,
    partial_dependences,
)
from tests.unit.explainability.asked import asked

RNG = np.random.default_rng(3)
USUAL = pa.table({"a": RNG.normal(5, 2, 80), "b": RNG.normal(0, 1, 80), "land": RNG.choice(["DE", "FR"], 80)})
KINDS = {"a": "decimal", "b": "decimal", "land": "string"}
ROW = {"a": 6.0, "b": 1.0, "land": "DE"}


def linear(a, b, land):
    return 3.0 * a - 2.0 * b + 4.0 * (land == "DE") + 1.0


def test_lime_recovers_a_linear_model():
    found = lime(asked(linear, KINDS), ROW, background=USUAL)
    spread = {name: USUAL[name].to_numpy().std() for name in ("a", "b")}
    assert found.coefficients["a"] / spread["a"] == pytest.approx(3.0, rel=0.01)
    assert found.coefficients["b"] / spread["b"] == pytest.approx(-2.0, rel=0.01)
    assert found.coefficients["land"] == pytest.approx(4.0, rel=0.01)
    assert found.r2 == pytest.approx(1.0, abs=1e-3)
    assert found.local_score == pytest.approx(found.score, rel=0.01)
    assert found.base_value + sum(found.effects.values()) == pytest.approx(found.local_score)


def test_lime_says_when_a_line_does_not_fit():
    found = lime(asked(lambda a: np.sin(20 * a), {"a": "decimal"}), {"a": 5.0}, background=USUAL)
    assert found.r2 < 0.2


def test_lime_is_the_same_for_the_same_seed():
    model = asked(linear, KINDS)
    one, again, other = (lime(model, ROW, background=USUAL, seed=seed, samples=200) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_lime_takes_one_background_row_and_missing_values():
    model = asked(lambda a, b, land: np.nan_to_num(a) + 2 * b, KINDS)
    found = lime(model, {**ROW, "a": None}, background=USUAL.slice(0, 1), samples=500)
    assert found.values["a"] is None
    assert np.isfinite(list(found.effects.values())).all()
    assert found.effects["land"] == pytest.approx(0, abs=0.01)


def test_lime_of_a_constant_explains_nothing():
    found = lime(asked(lambda a: 0 * a + 7, {"a": "decimal"}), {"a": 5.0}, background=USUAL)
    assert found.effects == pytest.approx({"a": 0.0})
    assert (found.score, found.local_score, found.r2) == pytest.approx((7, 7, 1))


@pytest.mark.parametrize("given", [{"samples": 3}, {"background": USUAL.slice(0, 0)}])
def test_lime_refuses_too_little(given):
    with pytest.raises(CannotExplain):
        lime(asked(linear, KINDS), ROW, **{"background": USUAL, **given})


def test_partial_dependence_of_a_sum_is_the_columns_own_part():
    found = partial_dependence(asked(linear, KINDS), USUAL, "a")
    [axis], [mean] = found.axes, found.mean
    rest = linear(0.0, USUAL["b"].to_numpy(), np.array(USUAL["land"].to_pylist())).mean()
    assert mean == pytest.approx([3 * value + rest for value in axis.values])
    assert len(axis.values) == 20
    assert len(found.curves) == 20


def test_words_are_told_by_how_frequent_they_are_and_missing_ones_last():
    usual = pa.table({"land": ["FR", "DE", "DE", None]})
    found = partial_dependence(asked(lambda land: (land == "DE") * 1.0, {"land": "string"}), usual, "land")
    assert found.axes[0].values == ("DE", "FR", None)
    assert found.mean == ((1.0, 0.0, 0.0),)


def test_few_whole_numbers_and_truth_values_are_told_all():
    usual = pa.table({"n": [1, 2, 2, 9], "yes": [True, False, True, True]})
    model = asked(lambda n, yes: n * yes, {"n": "integer", "yes": "boolean"})
    assert partial_dependence(model, usual, "n").axes[0].values == (1, 2, 9)
    assert partial_dependence(model, usual, "yes").mean == ((3.5, 0.0),)


def test_two_columns_are_told_together():
    found = partial_dependence(asked(lambda a, b, land: a * b, KINDS), USUAL, ["a", "b"], values=5)
    first, second = (axis.values for axis in found.axes)
    assert np.array(found.mean[0]) == pytest.approx(np.outer(first, second))


def test_several_classes_have_a_curve_each():
    model = asked(
        lambda a: np.stack([a / 10, 1 - a / 10], axis=1), {"a": "decimal"}, problem="multiclass",
        classes=("x", "y"),
    )  # fmt: skip
    found = partial_dependence(model, USUAL, "a")
    assert found.outputs == ("x", "y")
    assert np.array(found.mean).sum(axis=0) == pytest.approx(1)


def test_the_column_that_moves_the_score_most_comes_first_and_an_empty_one_is_left_out():
    empty = USUAL.append_column("none", pa.nulls(80, pa.float64()))
    model = asked(lambda a, b, land, none: 3 * a + b, {**KINDS, "none": "decimal"})
    assert [one.axes[0].column for one in partial_dependences(model, empty)] == ["a", "b", "land"]


@pytest.mark.parametrize("columns", ["x", [], ["a", "a"], ["a", "b", "land"]])
def test_columns_that_there_are_not_are_refused(columns):
    with pytest.raises(CannotExplain):
        partial_dependence(asked(linear, KINDS), USUAL, columns)


def test_a_sum_has_no_interactions_and_a_product_has_one():
    usual = pa.table({name: RNG.normal(size=40) for name in "abc"})
    kinds = dict.fromkeys("abc", "decimal")
    assert interactions(asked(lambda a, b, c: a + 2 * b + np.abs(c), kinds), usual) == []
    [found] = interactions(asked(lambda a, b, c: a * b + c, kinds), usual)
    assert found.columns == ("a", "b")
    assert found.share == pytest.approx(1.0, abs=0.2)
    assert found.measure == "h"


def test_interactions_are_looked_for_among_given_columns_alone():
    usual = pa.table({name: RNG.normal(size=30) for name in "abc"})
    model = asked(lambda a, b, c: a * b + b * c, dict.fromkeys("abc", "decimal"))
    assert [one.columns for one in interactions(model, usual, among=["b", "c"])] == [("b", "c")]
