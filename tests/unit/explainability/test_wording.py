"""Reasons in words, from what the contract says of columns and what is usual in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from penstock.explainability import (
    Meaning,
    Meanings,
    RowExplanation,
    limits_of,
    meanings_of,
    read_meanings,
    reasons,
    write_meanings,
)
from penstock.specs import UseCase, load_use_case

KNOWN = Meanings(
    outcome="the probability of late payment",
    columns={
        "amount": Meaning(unit="EUR", low=200, median=310, high=400),
        "land": Meaning(meaning="Country of the customer", shares={"DE": 0.34}),
        "city": Meaning(sensitivity="personal"),
        "disputed": Meaning(shares={"true": 0.07, "false": 0.93}),
    },
)
AMOUNT = "amount is 1,240 EUR, higher than usual (median 310 EUR)"


def row(effects, values, **more):
    told = {"row": 0, "output": 0.5, "score": 0.5, "base_score": 0.3, "score_unit": "probability"}
    return RowExplanation(**told | {"values": values, "shap": effects, "effects": effects} | more)


def test_a_reason_says_value_usual_value_and_effect():
    assert reasons(row({"amount": 0.21}, {"amount": 1240.0}), KNOWN) == [
        f"{AMOUNT}: raises the probability of late payment by 0.21"
    ]


VALUES = {
    "amount is 310 EUR, about as usual (median 310 EUR)": ("amount", 310.0),
    "amount is 12.5 EUR, lower than usual (median 310 EUR)": ("amount", 12.5),
    "amount is missing": ("amount", None),
    "Country of the customer (land) is DE (as in 34 % of rows)": ("land", "DE"),
    "Country of the customer (land) is XX, which is rare": ("land", "XX"),
    "disputed is true (as in 7 % of rows)": ("disputed", True),
    "city has a value that is withheld": ("city", "Bonn"),
    "other is 3": ("other", 3),
    "other has a value that is withheld": ("other", "***"),
    "city is missing": ("city", float("nan")),
}


@pytest.mark.parametrize(("said", "cell"), VALUES.items(), ids=VALUES)
def test_values_are_said_by_their_kind(said, cell):
    name, value = cell
    [reason] = reasons(row({name: 0.1}, {name: value}), KNOWN)
    assert reason.startswith(f"{said}: raises")


def test_long_texts_are_cut():
    [reason] = reasons(row({"note": 0.1}, {"note": "word " * 100}))
    assert len(reason) < 100


def test_a_regression_is_told_in_its_unit():
    known = Meanings(problem="regression", outcome="the predicted price", unit="EUR")
    [reason] = reasons(row({"a": -1234.5}, {"a": 1.0}, score_unit="value"), known)
    assert reason.endswith("lowers the predicted price by 1,234 EUR")


def test_classes_and_clusters_are_named():
    [reason] = reasons(row({"a": 0.1}, {"a": 1.0}, label="wine"), Meanings(problem="multiclass"))
    assert reason.endswith("raises the probability of wine by 0.1")
    [reason] = reasons(row({"a": 0.1}, {"a": 1.0}, label="3"), Meanings(problem="clustering"))
    assert reason.endswith("raises the membership in cluster 3 by 0.1")
    [reason] = reasons(row({"a": -0.1}, {"a": 1.0}, label="3", score_unit="distance"), Meanings())
    assert "takes the row away from cluster 3" in reason


EFFECTS = {"a": 0.3, "b": 0.2, "c": 0.1, "d": -0.05, "e": 0.0}


@pytest.mark.parametrize(
    ("asked", "columns"),
    [
        ({"top": 2}, "ad"),
        ({"top": 1}, "a"),
        ({"top": 9}, "abcd"),
        ({"top": 3, "direction": "up"}, "abc"),
        ({"top": 3, "direction": "down"}, "d"),
    ],
)
def test_the_strongest_come_first_and_both_directions_are_told(asked, columns):
    found = reasons(row(EFFECTS, dict.fromkeys(EFFECTS, 1.0)), **asked)
    assert [reason[0] for reason in found] == list(columns)


def test_a_row_in_which_nothing_matters_says_so():
    assert reasons(row({"a": 0.0}, {"a": 1.0}), KNOWN) == [
        "Nothing in the row moves the probability of late payment from what it is on average."
    ]


@pytest.fixture(scope="module")
def late_invoices():
    return load_use_case(Path("examples/late_invoices"))


def test_a_use_case_gives_meanings_units_and_usual_values(late_invoices, tmp_path):
    table = pa.table(
        {"amount": [1.0, 2.0, np.inf, None], "country": ["DE", "DE", None, "FR"], "late_share": [0.5] * 4}
    )
    found = meanings_of(late_invoices, table, ["amount", "country", "late_share"])
    assert found.outcome == "the probability that days_late is above 0"
    assert found.of("amount") == Meaning(
        meaning="Amount of the invoice", unit="EUR", low=1.25, median=1.5, high=1.75
    )
    assert found.of("country").shares == {"DE": 0.5, "FR": 0.25}
    assert found.of("late_share").meaning == "Share of them paid late"
    write_meanings(tmp_path, found)
    assert read_meanings(tmp_path) == found


def test_of_a_personal_column_nothing_is_kept_but_its_meaning(late_invoices):
    contract = late_invoices.datasets[0]
    columns = [
        one.model_copy(update={"sensitivity": "personal"}) if one.name == "country" else one
        for one in contract.columns
    ]
    dataset = contract.model_copy(update={"columns": tuple(columns)})
    changed = late_invoices.model_copy(update={"datasets": (dataset, *late_invoices.datasets[1:])})
    found = meanings_of(changed, pa.table({"country": ["DE", "FR"]}), ["country"])
    assert found.of("country").shares == {}
    assert found.masked({"country": "DE", "amount": 3}) == {"country": "***", "amount": 3}
    assert "country" in found.limits.immutable
    assert "country" not in found.limits.levels


def test_a_package_without_meanings_has_empty_ones(tmp_path):
    assert read_meanings(tmp_path) == Meanings()


def test_limits_are_those_of_the_contracts_rules(late_invoices):
    found = limits_of(late_invoices)
    assert found.ranges["terms_days"] == (0, 180)
    assert "DE" in found.levels["country"]
    assert "amount" not in found.immutable


def test_what_is_declared_immutable_stays(late_invoices):
    looks = late_invoices.model.evaluation.model_copy(update={"immutable": ("amount",)})
    model = late_invoices.model.model_copy(update={"evaluation": looks})
    found = limits_of(late_invoices.model_copy(update={"model": model}))
    assert not found.may_change("amount")
    assert found.may_change("terms_days")
    assert "amount" not in found.ranges


def test_a_use_case_that_declares_nothing_is_written_as_ever(late_invoices):
    assert "immutable" not in late_invoices.model.evaluation.model_dump()


def test_an_immutable_column_that_there_is_not_is_refused(late_invoices):
    document = late_invoices.model_dump(mode="json")
    document["model"]["evaluation"]["immutable"] = ["amont"]
    with pytest.raises(ValueError, match=r"immutable names 'amont'.*amount"):
        UseCase.model_validate(document)
