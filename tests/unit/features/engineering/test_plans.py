"""Plans of feature engineering, without data."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from penstock.errors import InvalidSpec, NotFound
from penstock.features.engineering import (
    Engineered,
    Source,
    expand,
    parse_step,
    read_plan,
    step_names,
    write_plan,
)
from penstock.features.engineering.writing import named
from penstock.specs.features import Feature, FeatureView, OnDemandFeature

TYPES: dict[str, Any] = {
    "amount": "decimal", "terms": "integer", "land": "string", "note": "string", "issued": "date",
    "due": "date",
    "at": "timestamp", "late": "boolean",
}  # fmt: skip
GIVEN = [
    {"engineer": "bins", "of": ["amount"], "edges": [10.0, 20.5]},
    {"engineer": "date_part", "of": ["issued"], "parts": ["month", "is_weekend"]},
    {"engineer": "days_since", "of": ["issued"], "until": "due"},
    {"engineer": "difference", "of": ["amount", "terms"]},
    {"engineer": "frequency", "of": ["land"], "shares": {"it's": 0.25, "DE": 0.5}},
    {"engineer": "logarithm", "of": ["amount"]},
    {"engineer": "ordinal", "of": ["land"], "order": ["DE", "it's"], "name": "grade"},
    {"engineer": "polynomial", "of": ["amount"], "degree": 3, "centre": 5.0},
    {"engineer": "product", "of": ["amount", "late"]},
    {"engineer": "rare", "of": ["land"], "keep": ["DE", "it's"]},
    {"engineer": "ratio", "of": ["amount", "terms"]},
    {"engineer": "rolling", "of": ["amount"], "view": "history", "aggregates": ["count", "share_above"]},
    {"engineer": "text_hash", "of": ["note"], "buckets": 8},
    {"engineer": "text_length", "of": ["note"]},
    {"engineer": "word_count", "of": ["note"], "view": "history"},
]


def rows() -> Source:
    """Return columns without rows: what is given needs none."""
    nothing: Any = None
    return Source(nothing, "rows", TYPES)


def expanded(*documents: dict[str, Any]) -> Engineered:
    return expand([parse_step(document) for document in documents], rows())


def test_every_kind_has_a_case_here() -> None:
    assert sorted(document["engineer"] for document in GIVEN) == step_names()


@pytest.mark.parametrize("document", GIVEN, ids=lambda document: document["engineer"])
def test_a_step_survives_the_text_of_a_plan(document: dict[str, Any]) -> None:
    [step] = read_plan(write_plan([parse_step(document)]))
    assert step == parse_step(document)
    assert step.document() == document


@pytest.mark.parametrize("document", GIVEN, ids=lambda document: document["engineer"])
def test_what_a_step_makes_survives_the_text_of_features_yaml(document: dict[str, Any]) -> None:
    made = expanded(document)
    read = yaml.safe_load(made.as_yaml())
    assert read == made.document()
    assert tuple(OnDemandFeature.model_validate(one) for one in read.get("on_demand", ())) == made.on_demand
    features = [Feature.model_validate(one) for view in read.get("views", ()) for one in view["features"]]
    assert features == [one for view in made.views.values() for one in view]
    assert made.made


def test_windows_become_features_of_their_view() -> None:
    made = expanded({
        "engineer": "rolling", "of": ["amount"], "view": "history", "threshold": 3,
        "aggregates": ["count", "mean", "share_above"], "windows": ["7 days", "6 hours"],
    })  # fmt: skip
    found = {one.name: (one.aggregate, one.of, one.window, one.threshold) for one in made.views["history"]}
    assert found == {
        "rows_7_days": ("count", None, "7 days", None),
        "rows_6_hours": ("count", None, "6 hours", None),
        "amount_mean_7_days": ("mean", "amount", "7 days", None),
        "amount_mean_6_hours": ("mean", "amount", "6 hours", None),
        "amount_share_above_7_days": ("share_above", "amount", "7 days", 3.0),
        "amount_share_above_6_hours": ("share_above", "amount", "6 hours", 3.0),
    }


def test_a_later_step_reads_what_an_earlier_one_made() -> None:
    made = expanded(
        {"engineer": "difference", "of": ["due", "issued"], "name": "terms_given"},
        {"engineer": "ratio", "of": ["amount", "terms_given"]},
    )
    assert [one.name for one in made.on_demand] == ["terms_given", "amount_per_terms_given"]


def test_entries_are_added_to_a_document_that_then_is_a_view() -> None:
    view = {"name": "history", "entity": {"name": "customer", "key": "customer"}, "dataset": "invoices",
            "timestamp": "issued", "features": [{"name": "invoices", "aggregate": "count"}]}  # fmt: skip
    made = expanded({"engineer": "rolling", "view": "history", "aggregates": ["count"]},
                    {"engineer": "logarithm", "of": "amount"})  # fmt: skip
    document = made.added_to({"views": [view], "services": []})
    names = [one.name for one in FeatureView.model_validate(document["views"][0]).features]
    assert names == ["invoices", "rows_7_days", "rows_30_days", "rows_90_days"]
    assert [one["name"] for one in document["on_demand"]] == ["log_amount"]
    assert document["services"] == []
    assert len(view["features"]) == 1, "the document that was given stays as it was"
    with pytest.raises(InvalidSpec, match="there already"):
        made.added_to(document)
    with pytest.raises(InvalidSpec, match="no such view"):
        made.added_to({"views": []})


@pytest.mark.parametrize(
    ("document", "error", "said"),
    [
        ({"engineer": "rato", "of": ["amount"]}, InvalidSpec, "ratio"),
        ({"of": ["amount"]}, InvalidSpec, "names its kind"),
        ("ratio", InvalidSpec, "names its kind"),
        ({"engineer": "ratio", "of": ["amount", "terms"], "zero": 0}, InvalidSpec, "zero"),
        ({"engineer": "ratio", "of": ["amount"]}, InvalidSpec, "another number of columns"),
        ({"engineer": "ratio", "of": ["amount", "note"]}, InvalidSpec, r"note \(string\)"),
        ({"engineer": "ratio", "of": ["amount", "amuont"]}, NotFound, "amuont"),
        ({"engineer": "rare", "of": "amount", "keep": ["1"]}, InvalidSpec, r"amount \(decimal\)"),
        ({"engineer": "date_part", "of": "issued", "parts": ["hour"]}, InvalidSpec, "no hour"),
        ({"engineer": "date_part", "of": "issued", "parts": ["minute"]}, InvalidSpec, "parts"),
        ({"engineer": "days_since", "of": "issued"}, InvalidSpec, "one other end"),
        ({"engineer": "days_since", "of": "issued", "until": "amount"}, InvalidSpec, "no moment"),
        ({"engineer": "rolling", "of": ["amount"]}, InvalidSpec, "belong to a view"),
        ({"engineer": "rolling", "of": ["note"], "view": "history"}, InvalidSpec, "mean of note"),
        ({"engineer": "bins", "of": "amount", "edges": []}, InvalidSpec, "no two values"),
        ({"engineer": "bins", "of": "amount", "edges": [1.0], "name": "terms"}, InvalidSpec, "one name"),
    ],
)
def test_a_wrong_step_is_refused_in_words(document: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        expanded(document)


@pytest.mark.parametrize("text", ["engineer: {", "steps: []", "engineer: 3", "[]", "engineer: []\nmore: 1"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec):
        read_plan(text)


def test_a_step_that_would_be_too_long_says_what_to_do() -> None:
    shares = {f"category number {place} of very many": 0.001 for place in range(200)}
    with pytest.raises(InvalidSpec, match="fewer categories"):
        expanded({"engineer": "frequency", "of": "note", "shares": shares})


def test_two_long_names_stay_two() -> None:
    one, other = (named("a" * 70, "per", end) for end in ("x", "y"))
    assert one != other
    assert len(one) == len(other) == 63
