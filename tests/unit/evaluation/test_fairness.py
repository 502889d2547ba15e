"""Facets of tables, favourable answers, limits, and suggested columns; formulas are compared with a peer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from penstock.errors import InvalidSpec
from penstock.evaluation.fairness import Outcome, bias_document, bias_of, fairness_checks, suggest
from penstock.evaluation.fairness.facets import groups_of
from penstock.evaluation.fairness.suggestions import association
from penstock.specs import Column, EvaluationSpec, Facet, Gates
from penstock.training.algorithms import Answers

ROWS = pa.table(
    {
        "sex": ["f", "f", "m", "m", None, "m"],
        "age": [20, 30, 40, 50, 60, None],
        "member": [True, False, True, False, True, None],
    }
)
LABEL = np.array([True, False, True, True, False, True])


def named(found, name):
    return [one for one in found if one.name == name]


@pytest.mark.parametrize(
    ("facet", "name", "rows"),
    [
        ({"column": "sex", "values": ["f"]}, "f", [1, 1, 0, 0, 0, 0]),
        ({"column": "sex", "values": ["f", "m"]}, "f,m", [1, 1, 1, 1, 0, 1]),
        ({"column": "age", "above": 30}, "(30.0, 60.0]", [0, 0, 1, 1, 1, 0]),
        ({"column": "age", "values": [30, 40]}, "30,40", [0, 1, 1, 0, 0, 0]),
        ({"column": "member", "values": [True]}, "1", [1, 0, 1, 0, 1, 0]),
    ],
)
def test_a_facet_selects_rows_and_null_is_of_no_group(facet, name, rows):
    spec = Facet(**facet)
    (group,) = groups_of(ROWS[spec.column], spec)
    assert group.name == name
    assert group.rows.astype(int).tolist() == rows


def test_a_facet_without_values_compares_each_value():
    assert [group.name for group in groups_of(ROWS["sex"], Facet(column="sex"))] == ["f", "m"]


@pytest.mark.parametrize("facet", [{"column": "sex", "above": 3}, {"column": "age", "values": ["old"]}])
def test_a_facet_that_does_not_fit_its_column_is_refused(facet):
    spec = Facet(**facet)
    with pytest.raises(InvalidSpec):
        groups_of(ROWS[spec.column], spec)


def test_zero_as_favourable_answer_turns_labels_and_predictions_around():
    scores = np.array([0.9, 0.2, 0.8, 0.4, 0.1, 0.7])
    found = {}
    for favourable in ((), (0,)):
        spec = EvaluationSpec(facets=[{"column": "sex", "values": ["f"]}], favourable=favourable)
        found[favourable] = bias_of(Outcome(ROWS, Answers("binary", LABEL), scores), spec)
    for one, other in zip(named(found[()], "DPPL"), named(found[(0,)], "DPPL"), strict=True):
        assert one.value == pytest.approx(-other.value)


def test_classes_and_values_are_favourable_as_declared():
    three = Answers("multiclass", np.array([0, 1, 2, 2, 1, 0]), ("bad", "fair", "good"))
    facets = [{"column": "sex", "values": ["f"]}]
    (dpl,) = named(
        bias_of(Outcome(ROWS, three), EvaluationSpec(facets=facets, favourable=["fair", "good"])), "DPL"
    )
    assert dpl.value == pytest.approx(3 / 4 - 1 / 2)
    price = Answers("regression", np.array([1.0, 5.0, 9.0, 9.0, 9.0, 1.0]))
    (dpl,) = named(bias_of(Outcome(ROWS, price), EvaluationSpec(facets=facets, favourable_above=4)), "DPL")
    assert dpl.value == pytest.approx(3 / 4 - 1 / 2)
    with pytest.raises(InvalidSpec, match="great"):
        bias_of(Outcome(ROWS, three), EvaluationSpec(facets=facets, favourable=["great"]))


def test_what_cannot_be_measured_says_why_as_clarify_does():
    scores = np.array([0.9, 0.2, 0.8, 0.4, 0.1, 0.7])
    spec = EvaluationSpec(facets=[{"column": "sex", "values": ["x"]}, {"column": "gone", "values": [1]}])
    outcome = Outcome(ROWS, Answers("binary", LABEL), scores)
    found = bias_of(outcome, spec)
    assert {one.error for one in found if one.facet == "gone"} == {
        "Facet column gone is not present in the dataset"
    }
    errors = {one.name: one.error for one in found if one.facet == "sex"}
    assert errors["DPPL"] == "Facet set is empty."
    assert errors["CDDPL"] == "Group variable is empty or not provided"
    document = bias_document(outcome, spec, found, "paid")
    assert (document["label"], document["label_value_or_threshold"]) == ("paid", "1")
    (group,) = document["facets"]["gone"]
    assert group["metrics"][0]["value"] is None
    nothing = bias_of(Outcome(ROWS, Answers("binary", LABEL), np.zeros(6)), spec)
    assert {one.value for one in nothing} == {None}


def test_limits_are_checks_and_a_metric_without_value_fails():
    scores = np.array([0.9, 0.8, 0.8, 0.4, 0.1, 0.7])
    spec = EvaluationSpec(facets=[{"column": "sex", "values": ["f"]}])
    found = bias_of(Outcome(ROWS, Answers("binary", LABEL), scores), spec)
    limits = {"DPPL": 0.6, "DI": (0.8, 1.25), "FT": 0.5}
    checks = {check.check: check for check in fairness_checks(limits, found)}
    assert checks["fairness_DPPL"].passed  # 0.5 - 1
    assert (checks["fairness_DI"].passed, checks["fairness_DI"].value) == (False, 2.0)
    assert not checks["fairness_FT"].passed
    assert "cannot be measured" in checks["fairness_FT"].reason
    assert not fairness_checks({"DPPL": 0.4}, found)[0].passed


def test_a_ratio_needs_a_range():
    with pytest.raises(ValueError, match="ratio"):
        Gates(fairness={"DI": 0.2})


def test_protected_columns_are_suggested_by_contract_and_name_and_proxies_by_what_they_tell():
    rng = np.random.default_rng(1)
    sex = rng.choice(["f", "m"], 2_000)
    table = pa.table(
        {
            "sex": sex,
            "salary": np.where(sex == "m", 2.0, 0.0) + rng.normal(size=2_000),
            "branch": np.where(rng.random(2_000) < 0.9, sex, "x"),
            "noise": rng.normal(size=2_000),
        }
    )
    columns = [
        Column(name="sex", type="string"),
        Column(name="iban", type="string", sensitivity="personal"),
        Column(name="percentage", type="decimal"),
    ]
    found = suggest(table, columns=columns, features=["salary", "branch", "noise"], facets=["sex"])
    assert {one.column: one.reason for one in found.protected} == {
        "sex": "its name",
        "iban": "its sensitivity is personal",
    }
    assert [(one.column, one.tells) for one in found.proxies] == [("branch", "sex"), ("salary", "sex")]


def test_association_is_one_for_copies_and_near_nothing_for_strangers():
    rng = np.random.default_rng(2)
    number, word = (
        pa.chunked_array([rng.normal(size=3_000)]),
        pa.chunked_array([rng.choice(list("abcd"), 3_000)]),
    )
    cubed = pa.chunked_array([number.to_numpy() ** 3])
    assert association(number, cubed) == {"strength": 1.0, "method": "rank correlation"}
    assert association(word, word) == {"strength": 1.0, "method": "Cramer's V"}
    for pair in ((number, word), (word, pa.chunked_array([rng.choice(["x", "y"], 3_000)]))):
        assert association(*pair)["strength"] < 0.06


def test_the_area_under_the_curve_is_scikit_learns():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(3)
    group = rng.random(500) < 0.3
    number = np.round(rng.normal(size=500) + group, 1)
    found = association(pa.chunked_array([number]), pa.chunked_array([group]))
    assert found["strength"] == pytest.approx(2 * roc_auc_score(group, number) - 1, abs=1e-4)
