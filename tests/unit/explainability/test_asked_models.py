"""SHAP values of models that are only asked for predictions."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest

from penstock.explainability import CannotExplain, Explainer, explain_rows
from tests.unit.explainability.asked import asked

RNG = np.random.default_rng(4)
WAYS = ("enumeration", "permutation", "kernel")
NAMES = ("a", "b", "c", "d", "e")


def entangled(a, b, c, d, e):
    return a * b * c + np.abs(d) * np.maximum(a, e) + 2 * b


def numbers(rows, names=NAMES, seed=4):
    random = np.random.default_rng(seed)
    return pa.table({name: random.normal(size=rows) for name in names})


MODEL = asked(entangled, dict.fromkeys(NAMES, "decimal"))
BACKGROUND, ROWS = numbers(12), numbers(3, seed=5).to_pylist()


def by_definition(function, row, background):
    """Return the mean gain of each column over all orders."""
    names, found = list(row), dict.fromkeys(row, 0.0)

    def value(known):
        columns = (
            np.full(background.num_rows, row[name]) if name in known else background[name].to_numpy()
            for name in names
        )
        return function(*columns).mean()

    orders = list(permutations(names))
    for order in orders:
        for place, name in enumerate(order):
            found[name] += (value(order[: place + 1]) - value(order[:place])) / len(orders)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_base_and_values_add_up_to_the_score(way):
    for row in explain_rows(MODEL, ROWS, method=way, background=BACKGROUND, budget=5_000):
        assert row.base_value + sum(row.shap.values()) == pytest.approx(row.score)


def test_all_sets_of_columns_give_the_mean_over_all_orders():
    [row] = explain_rows(MODEL, ROWS[:1], background=BACKGROUND)
    assert row.shap == pytest.approx(by_definition(entangled, ROWS[0], BACKGROUND))
    assert row.error == 0
    assert "all sets" in row.method


@pytest.mark.parametrize("way", ["permutation", "kernel"])
def test_a_smaller_budget_is_off_by_no_more_than_its_stated_error(way):
    [exact] = explain_rows(MODEL, ROWS[:1], background=BACKGROUND)
    off = []
    for seed in range(20):
        [row] = explain_rows(MODEL, ROWS[:1], method=way, background=BACKGROUND, seed=seed, budget=300)
        assert row.evaluations <= 300
        off.append(max(abs(row.shap[name] - exact.shap[name]) for name in NAMES) / row.error)
    assert np.mean(np.array(off) < 3) >= 0.9


def test_more_budget_is_nearer():
    errors = [
        explain_rows(MODEL, ROWS[:1], method="permutation", background=BACKGROUND, budget=budget)[0].error
        for budget in (300, 3_000, 30_000)
    ]
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("way", WAYS)
def test_columns_that_do_the_same_share_alike(way):
    model = asked(lambda a, b, c: (a + b) * c + a * b, dict.fromkeys("abc", "decimal"))
    usual = pa.table({"a": [0.0, 1.0], "b": [0.0, 1.0], "c": [2.0, 1.0]})
    [row] = explain_rows(model, [{"a": 3.0, "b": 3.0, "c": 0.5}], method=way, background=usual)
    assert row.shap["a"] == pytest.approx(row.shap["b"])


@pytest.mark.parametrize("way", WAYS)
def test_a_column_that_does_nothing_has_nothing(way):
    model = asked(lambda a, b, c: a * b + 0 * c, dict.fromkeys("abc", "decimal"))
    [row] = explain_rows(model, [{"a": 3.0, "b": 2.0, "c": 9.0}], method=way, background=numbers(7, "abc"))
    assert row.shap["c"] == pytest.approx(0, abs=1e-12)


def test_two_columns_at_once_are_exact_after_two_rounds():
    names = [f"x{n}" for n in range(14)]
    model = asked(lambda *x: sum(x) + x[0] * x[1] - x[2] * x[3], dict.fromkeys(names, "decimal"))
    [row] = explain_rows(model, numbers(1, names, 9).to_pylist(), background=numbers(8, names))
    assert row.error == pytest.approx(0, abs=1e-12)
    assert "random orders" in row.method
    assert row.evaluations == 9 + 2 * 8 * 26


def test_the_same_seed_gives_the_same_values():
    def told(seed):
        return explain_rows(
            MODEL, ROWS, method="permutation", background=BACKGROUND, seed=seed, budget=400
        )  # fmt: skip

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_words_booleans_and_missing_values_are_mixed_too():
    def function(size, land, known):
        return np.where(np.isnan(size), 1.0, size) + 2.0 * (land == "DE") * known

    model = asked(function, {"size": "integer", "land": "string", "known": "boolean"})
    usual = pa.table({"size": [1, None, 3], "land": ["FR", None, "DE"], "known": [True, False, True]})
    row = {"size": None, "land": "DE", "known": True}
    [told] = explain_rows(model, [row], background=usual)
    assert told.score == 3
    assert told.base_value == pytest.approx(5 / 3 + 2 / 3)
    assert told.values == row


def test_of_several_classes_the_predicted_one_is_told():
    def function(a, b):
        return np.stack([a, b, 1 - a - b], axis=1)

    model = asked(function, {"a": "decimal", "b": "decimal"}, problem="multiclass", classes=("x", "y", "z"))
    usual = pa.table({"a": [0.2, 0.4], "b": [0.2, 0.2]})
    [row] = explain_rows(model, [{"a": 0.1, "b": 0.8}], background=usual)
    assert (row.label, row.score, row.unit) == ("y", 0.8, "probability")
    assert row.shap == pytest.approx({"a": 0.0, "b": 0.6})


def test_a_row_that_is_the_whole_background_has_nothing_to_tell():
    [row] = explain_rows(MODEL, ROWS[:1], background=pa.Table.from_pylist(ROWS[:1]))
    assert set(row.shap.values()) == {0.0}
    assert row.base_value == row.score


def test_one_background_row_is_enough():
    [row] = explain_rows(MODEL, ROWS[:1], background=BACKGROUND.slice(0, 1))
    assert row.shap == pytest.approx(by_definition(entangled, ROWS[0], BACKGROUND.slice(0, 1)))


def test_columns_that_are_constant_or_all_missing_have_nothing():
    model = asked(lambda a, b, c: np.nan_to_num(a) + b + np.nan_to_num(c), dict.fromkeys("abc", "decimal"))
    usual = pa.table({"a": [None, None], "b": [1.0, 2.0], "c": [4.0, 4.0]}).cast(
        pa.schema([(name, pa.float64()) for name in "abc"])
    )
    [row] = explain_rows(model, [{"a": None, "b": 5.0, "c": 4.0}], background=usual)
    assert row.shap == {"a": 0.0, "b": 3.5, "c": 0.0}


def test_fewer_background_rows_are_taken_where_the_budget_is_small():
    [row] = explain_rows(MODEL, ROWS[:1], method="permutation", background=BACKGROUND, budget=50)
    assert "against 2 background rows" in row.method
    assert row.base_value + sum(row.shap.values()) == pytest.approx(row.score)


REFUSED = {
    "no background": {"background": None},
    "an empty background": {"background": BACKGROUND.slice(0, 0)},
    "a small budget": {"budget": 10},
    "exact values of a function": {"method": "exact"},
    "an unknown method": {"method": "guess"},
    "a background without a column": {"background": BACKGROUND.drop_columns(["a"])},
    "a background of words": {"background": BACKGROUND.set_column(0, "a", pa.array(["x"] * 12))},
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_explained_is_refused(given):
    with pytest.raises(CannotExplain):
        explain_rows(MODEL, ROWS[:1], **{"background": BACKGROUND, **given})


def test_enumeration_of_many_columns_is_refused():
    names = [f"x{n}" for n in range(20)]
    model = asked(lambda *x: sum(x), dict.fromkeys(names, "decimal"))
    with pytest.raises(CannotExplain, match="at most 16 columns"):
        explain_rows(
            model, numbers(1, names).to_pylist(), method="enumeration", background=numbers(2, names),
            budget=10**9,
        )  # fmt: skip


def test_answers_that_are_no_numbers_are_refused():
    model = asked(lambda a: 1 / np.where(a > 0, 0.0, 1.0), {"a": "decimal"})
    with np.errstate(divide="ignore"), pytest.raises(CannotExplain, match="not a number"):
        explain_rows(model, [{"a": 1.0}], background=pa.table({"a": [-1.0, -2.0]}))


def test_nothing_is_told_of_no_rows():
    assert Explainer(MODEL, BACKGROUND).explain([]) == []
