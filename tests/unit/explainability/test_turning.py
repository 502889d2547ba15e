"""Counterfactuals: the smallest change that turns the decision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from penstock.explainability import CannotExplain, Limits, counterfactual, sentence
from tests.unit.explainability.asked import asked

RNG = np.random.default_rng(8)
USUAL = pa.table(
    {
        "size": RNG.uniform(0, 100, 60),
        "count": RNG.integers(0, 20, 60),
        "land": RNG.choice(["DE", "FR", "IT"], 60),
        "known": RNG.choice([True, False], 60),
    }
)
KINDS = {"size": "decimal", "count": "integer", "land": "string", "known": "boolean"}
ROW = {"size": 90.0, "count": 15, "land": "DE", "known": True}


def risk(size, count, land, known):
    return 1 / (1 + np.exp(-(0.05 * size + 0.2 * count + (land == "IT") - 1.0 * known - 5.0)))


MODEL = asked(risk, KINDS, problem="binary")


def test_a_counterfactual_turns_the_decision():
    for number in range(12):
        random = np.random.default_rng(number)
        row = {
            "size": float(random.uniform(0, 100)), "count": int(random.integers(0, 20)),
            "land": str(random.choice(["DE", "FR", "IT"])), "known": bool(random.random() < 0.5),
        }  # fmt: skip
        found = counterfactual(MODEL, row, background=USUAL)
        assert found.found
        changed = {**row, **{name: change.after for name, change in found.changes.items()}}
        assert MODEL.predict([changed])[0].label == found.label != found.label_before
        assert all(change.before == row[name] != change.after for name, change in found.changes.items())


def test_the_number_that_is_least_far_changes_as_little_as_needed():
    found = counterfactual(MODEL, ROW, background=USUAL)
    # 0.05 size + 0.2 count must come to 6, and is 7.5: size by 30 of about 80, or count by 8 of about 16.
    assert list(found.changes) == ["size"]
    assert found.changes["size"].after == pytest.approx(60, abs=1)
    assert found.score < 0.5 < found.score_before


def test_what_is_immutable_stays_and_integers_stay_whole():
    found = counterfactual(MODEL, ROW, background=USUAL, limits=Limits(immutable=("size",)))
    assert list(found.changes) == ["count"]
    assert found.changes["count"].after == 7
    assert isinstance(found.changes["count"].after, int)


def test_several_columns_change_where_one_is_not_enough():
    limits = Limits(actionable=("size", "count"), ranges={"size": (75, None), "count": (10, None)})
    found = counterfactual(MODEL, {**ROW, "size": 95.0, "count": 12}, background=USUAL, limits=limits)
    assert set(found.changes) == {"size", "count"}
    assert found.changes["size"].after >= 75
    assert found.changes["count"].after >= 10


def test_only_words_that_are_allowed_are_taken():
    model = asked(lambda land: (land == "IT") * 0.9, {"land": "string"}, problem="binary")
    usual = USUAL.select(["land"])
    assert counterfactual(model, {"land": "DE"}, background=usual).changes["land"].after == "IT"
    limited = Limits(levels={"land": ("DE", "FR")})
    found = counterfactual(model, {"land": "DE"}, background=usual, limits=limited)
    assert not found.found
    assert "no change of up to 1 of land is enough" in found.reason


def test_an_answer_that_nothing_turns_says_how_near_the_search_came():
    model = asked(lambda a: 0.1 + 0.1 * (a > 0), {"a": "decimal"}, problem="binary")
    found = counterfactual(model, {"a": -1.0}, background=pa.table({"a": [1.0, 2.0]}))
    assert not found.found
    assert "the nearest score is 0.2, the threshold 0.5" in found.reason
    assert sentence(found).startswith("No change was found")


def test_a_class_that_is_wanted_is_reached():
    classes = ("low", "middle", "high")
    model = asked(
        lambda a: np.stack([1 - a, 1 - 2 * np.abs(a - 0.5), a], axis=1) / (2 - 2 * np.abs(a - 0.5))[:, None],
        {"a": "decimal"}, problem="multiclass", classes=classes,
    )  # fmt: skip
    usual = pa.table({"a": np.linspace(0, 1, 21)})
    assert counterfactual(model, {"a": 0.0}, background=usual).label == "middle"
    assert counterfactual(model, {"a": 0.0}, background=usual, target="high").label == "high"


def test_a_value_comes_into_its_target_range():
    model = asked(lambda a, b: 10 * a + b, {"a": "decimal", "b": "decimal"})
    usual = pa.table({"a": np.linspace(0, 1, 11), "b": np.linspace(0, 1, 11)})
    found = counterfactual(model, {"a": 0.1, "b": 0.5}, background=usual, target=(5, 8))
    assert 5 <= found.score <= 8
    assert list(found.changes) == ["a"]
    assert found.label is None


def test_another_cluster_is_reached():
    model = asked(
        lambda a: np.stack([a < 1, a >= 1], axis=1) * 1.0, {"a": "decimal"}, problem="clustering",
        classes=("0", "1"),
    )  # fmt: skip
    found = counterfactual(model, {"a": 0.0}, background=pa.table({"a": [0.0, 3.0]}))
    assert (found.label_before, found.label) == (0, 1)
    assert found.changes["a"].after == pytest.approx(1, abs=0.1)


def test_a_missing_number_may_get_a_value():
    model = asked(lambda a: np.where(np.isnan(a), 0.9, 0.1), {"a": "decimal"}, problem="binary")
    found = counterfactual(model, {"a": None}, background=pa.table({"a": [1.0, None]}))
    assert (found.changes["a"].before, found.changes["a"].after) == (None, 1.0)


def test_a_budget_is_kept():
    found = counterfactual(MODEL, ROW, background=USUAL, budget=5, limits=Limits(actionable=("known",)))
    assert not found.found
    assert found.evaluations <= 5


def test_a_sentence_withholds_what_must_not_be_told():
    found = counterfactual(MODEL, ROW, background=USUAL)
    said = sentence(found, withheld=("size",))
    assert "another size" in said
    assert "90" not in said


REFUSED = {
    "a value without a target": (asked(lambda a: a, {"a": "decimal"}), {}),
    "a target the wrong way round": (asked(lambda a: a, {"a": "decimal"}), {"target": (3, 1)}),
    "a label that there is not": (asked(lambda a: a, {"a": "decimal"}, problem="binary"), {"target": "x"}),
    "a label that the row has": (asked(lambda a: a, {"a": "decimal"}, problem="binary"), {"target": 1}),
    "a range of a label": (asked(lambda a: a, {"a": "decimal"}, problem="binary"), {"target": (0, 1)}),
    "nothing that may change": (
        asked(lambda a: a, {"a": "decimal"}, problem="binary"), {"limits": Limits(actionable=())}
    ),
}  # fmt: skip


@pytest.mark.parametrize(("model", "given"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused(model, given):
    with pytest.raises(CannotExplain):
        counterfactual(model, {"a": 1.0}, **{"background": pa.table({"a": [0.0, 2.0]}), **given})


def test_a_change_that_the_model_itself_does_not_confirm_is_not_returned():
    class Wavering(type(MODEL)):
        """Scores of tables say one thing, single answers another."""

        def predict(self, instances):
            return [replace(one, label=1) for one in super().predict(instances)]

    found = counterfactual(Wavering(MODEL.card, MODEL.function), ROW, background=USUAL)
    assert not found.found
