"""Every mistake about features is named with file, line, field and what was probably meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.errors import InvalidSpec
from penstock.specs import parse_use_case
from penstock.specs.loader import load_use_case

FEATURES = """\
entities:
  - {name: customer, key: customer_id}
views:
  - name: history
    entity: customer
    dataset: invoices
    timestamp: settled_on
    features:
      - {name: mean_amount, aggregate: mean, of: amount}
      - name: contact
        aggregate: latest
        of: customer_email
on_demand:
  - {name: dear, expression: amount > mean_amount, type: boolean}
services:
  - name: collecting
    views: [{view: history, features: [mean_amount]}]
    on_demand: [dear]
"""
MODEL = """\
problem: binary
dataset: invoices
target: {column: days_late, above: 0}
timestamp: issued_on
features: [amount]
service: collecting
split: {column: invoice_id}
candidates:
  - {name: linear, algorithm: logistic_regression}
"""
USE_CASE = """\
name: late
title: Late
owner: finance
risk: {impact: financial}
"""
DATASET = """\
dataset: invoices
owner: finance
steward: finance-data
purpose: forecasting
legal_basis: contract
classification: internal
columns:
  - {name: invoice_id, type: string}
  - {name: customer_id, type: string}
  - {name: customer_email, type: string, sensitivity: personal}
  - {name: country, type: string}
  - {name: issued_on, type: date}
  - {name: settled_on, type: date}
  - {name: amount, type: decimal}
  - {name: days_late, type: integer}
"""
FILES = {
    "features.yaml": FEATURES, "model.yaml": MODEL, "usecase.yaml": USE_CASE,
    "datasets/invoices.yaml": DATASET,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "datasets").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def complaint(folder: Path, old: str, new: str, file: str = "features.yaml") -> str:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidSpec) as raised:
        load_use_case(folder)
    return str(raised.value)


def test_the_features_are_right_before_something_is_wrong(folder: Path) -> None:
    use_case = load_use_case(folder)
    assert use_case.features[0].entity.key == "customer_id"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "entity: customer\n",
            "entity: custmer\n",
            (
                "features.yaml:5 views.0.entity: there is no entity 'custmer'",
                "; did you mean customer?; there are: customer",
            ),
        ),
        (
            "dataset: invoices",
            "dataset: invoice",
            ("features.yaml:6 views.0.dataset", "did you mean invoices?"),
        ),
        ("timestamp: settled_on", "timestamp: country", ("features.yaml:7 views.0.timestamp", "is string")),
        ("timestamp: settled_on", "timestamp: settled", ("views.0.timestamp", "did you mean settled_on?")),
        ("of: amount", "of: amout", ("features.yaml:9 views.0.features.0.of", "did you mean amount?")),
        ("of: amount", "of: country", ("features.yaml:9 views.0.features.0.of", "which is string")),
        (
            "aggregate: mean",
            "aggregate: meen",
            ("features.yaml:9 views.0.features.0.aggregate", "did you mean mean?"),
        ),
        (
            "aggregate: mean, of: amount",
            "aggregate: mean, expression: amount /",
            ("features.yaml:9 views.0.features.0.expression", "is no SQL expression"),
        ),
        (
            "expression: amount > mean_amount",
            "expression: amount >",
            ("features.yaml:14 on_demand.0.expression",),
        ),
        (
            "name: dear",
            "name: mean_amount",
            ("features.yaml:14 on_demand.0.name", "has the name of a feature"),
        ),
        ("view: history", "view: histry", ("features.yaml:17 services.0.views.0", "did you mean history?")),
        (
            "features: [mean_amount]",
            "features: [mean_amont]",
            ("features.yaml:17 services.0.views.0.features", "did you mean mean_amount?"),
        ),
        (
            "on_demand: [dear]",
            "on_demand: [deer]",
            ("features.yaml:18 services.0.on_demand.0", "did you mean dear?"),
        ),
        (
            "views: [{view: history, features: [mean_amount]}]",
            "views: [{view: history, features: [contact]}]",
            ("features.yaml:18 services.0.on_demand.0", "needs mean_amount, which the service does not take"),
        ),
        (
            "of: customer_email",
            "of: customer_email\n        sensitivity: none",
            (
                "features.yaml:13 views.0.features.1.sensitivity",
                "shows its latest",
                "is personal",
                "declared none",
            ),
        ),
        (
            "services:\n",
            "services:\n  - {name: collecting, views: [history]}\n",
            (
                "features.yaml:17 services.1.name",
                "features.yaml:16 services.0.name",
                "named twice: collecting",
            ),
        ),
    ],
)
def test_a_mistake_of_features_has_its_place(
    folder: Path, old: str, new: str, words: tuple[str, ...]
) -> None:
    said = complaint(folder, old, new)
    assert all(word in said for word in words), said
    assert "the use case:" not in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("service: collecting", "service: colecting", ("model.yaml:6 service", "did you mean collecting?")),
        ("service: collecting", "views: [histry]", ("model.yaml:6 views.0", "did you mean history?")),
        ("features: [amount]", "features: [amont]", ("model.yaml:5 features.0", "did you mean amount?")),
        ("dataset: invoices", "dataset: invoice", ("model.yaml:2 dataset", "did you mean invoices?")),
        ("split: {column: invoice_id}", "split: {column: invoice}", ("model.yaml:7 split.column",)),
    ],
)
def test_a_mistake_of_the_model_has_its_place(
    folder: Path, old: str, new: str, words: tuple[str, ...]
) -> None:
    said = complaint(folder, old, new, "model.yaml")
    assert all(word in said for word in words), said


def test_an_aggregate_of_personal_values_may_be_declared_harmless(folder: Path) -> None:
    text = FEATURES.replace("aggregate: latest", "aggregate: count\n        sensitivity: none")
    (folder / "features.yaml").write_text(text)
    assert load_use_case(folder).features[0].features[1].sensitivity == "none"


def test_mistakes_of_a_document_without_files_name_the_file_that_it_came_from(folder: Path) -> None:
    document: dict[str, Any] = load_use_case(folder).model_dump(mode="json")
    document["features"][0]["features"][0]["of"] = "amout"
    document["services"][0]["views"][0]["view"] = "histry"
    with pytest.raises(InvalidSpec) as raised:
        parse_use_case(document, where="the request")
    assert "features.yaml views.0.features.0.of: " in str(raised.value)
    assert "features.yaml services.0.views.0: " in str(raised.value)
