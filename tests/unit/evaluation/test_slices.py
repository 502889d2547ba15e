"""Slices: the planted bad one is found, strangers are not blamed, and the tolerance refuses."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.evaluation.columns import cut, levels
from penstock.evaluation.slices import Scored, Slices, slice_checks, slices_of
from penstock.specs import SliceSpec
from penstock.training.algorithms import Answers

INPUTS = ["country", "size", "age"]


def part(seed: int, rows: int = 3_000, *, planted: bool = True) -> Scored:
    rng = np.random.default_rng(seed)
    country, size = rng.choice(["DE", "FR", "IT"], rows), rng.choice(["s", "l"], rows)
    score = rng.random(rows)
    label = rng.random(rows) < score
    bad = (country == "IT") & (size == "l") & planted
    label = np.where(bad, rng.random(rows) < 0.5, label)
    table = pa.table({"country": country, "size": size, "age": rng.normal(40, 10, rows)})
    return Scored(table, Answers("binary", label), score)


def looked(spec: SliceSpec | None = None, *, planted: bool = True) -> Slices:
    return slices_of(
        part(1, planted=planted), part(2, planted=planted), spec=spec or SliceSpec(), metric="auc",
        inputs=INPUTS, seed=7,
    )  # fmt: skip


def test_the_worst_slice_of_two_columns_is_found():
    worst = looked().slices[0]
    assert (worst.name, worst.origin, worst.worse) == ("country IT and size l", "found", True)
    assert worst.metric.high < looked().overall
    assert worst.metric.low < worst.metric.value < worst.metric.high
    assert abs(worst.metric.value - 0.5) < 0.1


def test_where_nothing_is_worse_nothing_is_blamed():
    assert not any(one.worse for one in looked(planted=False).slices)


def test_declared_columns_are_measured_by_level_and_by_part_of_a_number():
    found = looked(SliceSpec(columns=["country", "age", "gone"], bins=3, find=False))
    assert found.missing == ("gone",)
    assert {one.name for one in found.slices if one.columns == ("country",)} == {
        "country DE", "country FR", "country IT"
    }  # fmt: skip
    ages = [one for one in found.slices if one.columns == ("age",)]
    assert len(ages) == 3
    assert sum(one.rows for one in ages) == 3_000


def test_each_slice_is_compared_with_the_champion_on_the_same_rows():
    test = part(1)
    italian = test.table["country"].to_numpy(zero_copy_only=False) == "IT"
    better_there = np.where(italian, np.where(test.answers.values, 0.9, 0.1), test.scores)
    found = slices_of(
        test, part(2), spec=SliceSpec(columns=["country"], find=False), metric="auc", inputs=INPUTS, seed=7,
        champion=better_there,
    )  # fmt: skip
    against = {one.name: one.against_champion for one in found.slices}
    assert against["country IT"].high < 0
    assert (against["country DE"].low, against["country DE"].high) == (0.0, 0.0)
    assert looked().slices[0].against_champion is None


def test_small_slices_are_not_measured():
    assert not looked(SliceSpec(columns=["country"], find=False, fewest_rows=2_000)).slices


def test_the_same_seed_finds_the_same():
    assert looked() == looked()


@pytest.mark.parametrize(("tolerance", "passed"), [(0.05, False), (0.6, True)])
def test_a_slice_may_not_be_worse_than_the_tolerance(tolerance, passed):
    (check,) = slice_checks(looked(), tolerance)
    assert check.passed is passed
    assert "country IT and size l" in check.reason
    assert slice_checks(looked(), None) == ()


def test_a_losses_best_end_is_its_low_one():
    found = slices_of(part(1), part(2), spec=SliceSpec(), metric="log_loss", inputs=INPUTS, seed=7)
    assert found.slices[0].difference < 0
    assert not slice_checks(found, 0.05)[0].passed


def test_regressions_and_classes_have_slices_too():
    rng = np.random.default_rng(4)
    table = part(1).table
    away = np.where(table["country"].to_numpy(zero_copy_only=False) == "IT", 5.0, 1.0)
    truth = rng.normal(size=3_000)
    value = Scored(table, Answers("regression", truth), truth + away * rng.normal(size=3_000))
    assert (
        slices_of(value, value, spec=SliceSpec(), metric="rmse", inputs=INPUTS, seed=1)
        .slices[0]
        .name.startswith("country IT")
    )
    chance = np.where(away > 1, 0.34, 0.9)
    said = np.where(rng.random(3_000) < chance, np.arange(3_000) % 3, rng.integers(0, 3, 3_000))
    classes = Scored(
        table, Answers("multiclass", np.arange(3_000) % 3, ("a", "b", "c")), np.eye(3)[said] * 0.8 + 0.1
    )
    found = slices_of(classes, classes, spec=SliceSpec(), metric="macro_f1", inputs=INPUTS, seed=1)
    assert found.slices[0].name.startswith("country IT")


def test_looking_at_many_slices_is_corrected_for():
    rng = np.random.default_rng(8)
    plain = part(1, planted=False)
    table = plain.table.append_column("team", pa.array(rng.choice([f"t{n}" for n in range(20)], 3_000)))
    many = slices_of(
        Scored(table, plain.answers, plain.scores), Scored(table, plain.answers, plain.scores),
        spec=SliceSpec(columns=["team"], find=False), metric="auc", inputs=INPUTS, seed=1,
    )  # fmt: skip
    ordered = sorted(one.p_value for one in many.slices)
    assert len(ordered) >= 12
    assert ordered[0] > 0.05  # the least of twelve chances alone would often be below
    assert ordered[len(ordered) // 2] == 1.0


def test_levels_and_cuts_keep_null_apart():
    assert levels(pa.chunked_array([["b", None, "b"]])).names == ("b", "other", "null")
    found = cut(pa.chunked_array([[1.0, None, 3.0]]), np.array([2.0]))
    assert [found.names[code] for code in found.codes] == ["below 2", "null", "2 and above"]
