"""Answers given away, rows on both sides of the split, and answers too rare to test."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.evaluation.soundness import Part, soundness, soundness_checks
from penstock.specs import Gates
from penstock.training.algorithms import Answers


def parts(problem: str = "binary", *, rows: int = 600, positive: float = 0.5, **columns):
    found = []
    for seed, count in enumerate((2 * rows, rows, rows)):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=count)
        values = {
            "binary": rng.random(count) < positive,
            "multiclass": rng.integers(0, 3, count),
            "regression": rng.normal(size=count) + x,
        }[problem]
        classes = ("a", "b", "c") if problem == "multiclass" else ()
        made = {name: make(rng, values) for name, make in columns.items()}
        table = pa.table({"x": x, **made, "label": values})
        found.append(Part(table, Answers(problem, values, classes)))
    return found


def checks(found, inputs, gates=None):
    looked = soundness(*found, inputs)
    return {check.check: check for check in soundness_checks(looked, gates or Gates())}, looked


LEAKS = {
    "equal": ("binary", lambda rng, y: y),
    "near": ("binary", lambda rng, y: y + rng.normal(0, 0.1, len(y))),
    "turned": ("binary", lambda rng, y: -5.0 * y),
    "word": ("binary", lambda rng, y: np.where(y, "yes", "no")),
    "middle": (
        "binary",
        lambda rng, y: np.where(y, rng.normal(0, 0.1, len(y)), rng.choice([-3.0, 3.0], len(y))),
    ),
    "null": ("binary", lambda rng, y: pa.array(rng.random(len(y)), mask=~y)),
    "class": ("multiclass", lambda rng, y: np.array(["n", "p", "q"])[y]),
    "code": ("multiclass", lambda rng, y: y * 10),
    "value": ("regression", lambda rng, y: 3 * y + 1),
    "order": ("regression", lambda rng, y: np.exp(y)),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_column_that_gives_the_answer_away_fails_with_its_name(leak):
    problem, make = LEAKS[leak]
    found, looked = checks(parts(problem, leak=make), ["x", "leak"])
    assert not found["leakage"].passed
    assert "leak tells the answer by itself" in found["leakage"].reason
    assert next(iter(looked.alone)) == "leak"


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_a_good_column_is_no_leak(problem):
    found, looked = checks(parts(problem, good=lambda rng, y: y + rng.normal(0, 0.5, len(y))), ["x", "good"])
    assert found["leakage"].passed
    assert looked.alone["good"] > looked.alone["x"] or problem == "multiclass"


def test_a_column_that_tells_the_training_rows_alone_is_no_leak():
    train, validation, test = parts(word=lambda rng, y: rng.choice(list("ab"), len(y)))
    told = train.table.set_column(1, "word", pa.array(np.where(train.answers.values, "a", "b")))
    found, _ = checks([Part(told, train.answers), validation, test], ["x", "word"])
    assert found["leakage"].passed


def test_a_column_in_the_opposite_order_tells_everything():
    made = parts(positive=0.33, turned=lambda rng, y: rng.random(len(y)) - 2.0 * y)
    assert soundness(*made, ["turned"]).alone["turned"] == 1.0


def test_leakage_may_be_left_unchecked():
    found, _ = checks(parts(leak=LEAKS["equal"][1]), ["x", "leak"], Gates(leakage=None))
    assert "leakage" not in found


def test_rows_on_both_sides_of_the_split_are_counted_and_refused():
    train, validation, test = parts(word=lambda rng, y: rng.choice(list("abc"), len(y)))
    copied = pa.concat_tables([train.table.slice(0, 60), test.table.slice(60)])
    both = Part(copied, Answers("binary", copied["label"].to_numpy()))
    found, looked = checks([train, validation, both], ["x", "word"])
    assert (looked.duplicates, looked.equal_rows) == (60, 60)
    assert not found["duplicates"].passed
    assert checks([train, validation, both], ["x", "word"], Gates(maximum_duplicates=0.2))[0][
        "duplicates"
    ].passed
    assert soundness(train, validation, test, ["x", "word"]).duplicates == 0


def test_equal_rows_of_few_words_are_chance():
    made = parts(word=lambda rng, y: rng.choice(list("abc"), len(y)))
    looked = soundness(*made, ["word"])
    assert (looked.equal_rows, looked.duplicates) == (600, 0)


def test_an_answer_that_comes_once_in_ten_thousand_is_too_rare_to_test():
    found, looked = checks(parts(rows=10_000, positive=1e-4), ["x"])
    assert looked.rows_of_classes["1"] < 5
    assert not found["rows_of_each_answer"].passed
    assert "5 are needed" in found["rows_of_each_answer"].reason
    assert checks(parts(), ["x"])[0]["rows_of_each_answer"].passed


def test_one_rare_class_of_several_is_no_reason_to_refuse():
    train, validation, test = parts("multiclass")
    values = np.where(np.arange(600) < 2, 2, np.arange(600) % 2)
    rare = Part(test.table, Answers("multiclass", values, ("a", "b", "c")))
    assert checks([train, validation, rare], ["x"])[0]["rows_of_each_answer"].passed
