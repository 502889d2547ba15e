"""Specifications: what is read, and what is refused with the field named."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from penstock.errors import InvalidSpec
from penstock.specs import Contract, FeatureView, UseCase, load_use_case, parse_use_case

EXAMPLES = sorted(path.parent for path in Path("examples").glob("*/usecase.yaml"))
DOCUMENT = load_use_case(Path("examples/late_invoices")).model_dump(mode="json")


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_every_example_is_valid_and_survives_json(folder: Path) -> None:
    use_case = load_use_case(folder)
    assert use_case.name == folder.name
    again = UseCase.model_validate_json(use_case.model_dump_json())
    assert (again, again.digest) == (use_case, use_case.digest)


def broken(path: str, value: Any) -> dict[str, Any]:
    """The example with one field changed."""
    document: Any = deepcopy(DOCUMENT)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return dict(document)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("name", "Late Invoices", "usecase.yaml name"),
        ("datasets.0.columns.0.type", "text", "columns.0.type"),
        ("datasets.0.columns.0.name", "no good", "columns.0.name"),
        ("datasets.0.columns.1.name", "INVOICE_ID", "named twice"),
        ("datasets.0.max_quarantined", 2, "max_quarantined"),
        ("datasets.0.event_time", "nowhere", "nowhere"),
        ("datasets.0.rules.0.columns", ["nowhere"], "nowhere"),
        ("datasets.0.rules.0.severity", "panic", "severity"),
        ("model.dataset", "nowhere", "no contract"),
        ("model.features", ["customer_name"], "customer_name"),
        ("model.features", ["days_late"], "leak"),
        ("model.service", "nowhere", "not declared"),
        ("model.timestamp", None, "timestamp"),
        ("model.split.test", 0.9, "model.yaml split.test"),
        ("model.surprise", 1, "surprise"),
        ("serving.rollout.percent", 99, "serving.yaml rollout.percent"),
        ("monitoring.drift_threshold", 0, "monitoring.yaml drift_threshold"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_field(path: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidSpec, match=words):
        parse_use_case(broken(path, value), where="test")


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ({"name": "x", "aggregate": "mean"}, "needs 'of'"),
        ({"name": "x", "aggregate": "share_above", "of": "y"}, "threshold"),
        ({"name": "x", "aggregate": "mean", "of": "y", "threshold": 1}, "threshold"),
        ({"name": "x", "aggregate": "median", "of": "y"}, "aggregate"),
    ],
)
def test_a_feature_must_be_complete(feature: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        FeatureView.model_validate({
            "name": "v", "entity": {"name": "e", "key": "k"}, "dataset": "d", "timestamp": "t",
            "features": [feature],
        })  # fmt: skip


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match=r"usecase\.yaml"):
        load_use_case(tmp_path)
    (tmp_path / "usecase.yaml").write_text("a: [")
    with pytest.raises(InvalidSpec, match="not YAML"):
        load_use_case(tmp_path)
    (tmp_path / "usecase.yaml").write_text("- a\n- b\n")
    with pytest.raises(InvalidSpec, match="mapping"):
        load_use_case(tmp_path)


def test_keys_keep_their_order() -> None:
    contract = Contract.model_validate({
        **DOCUMENT["datasets"][0],
        "columns": [{"name": name, "type": "string", "key": name != "c"} for name in "bca"],
        "rules": [], "event_time": None,
    })  # fmt: skip
    assert contract.keys == ("b", "a")
