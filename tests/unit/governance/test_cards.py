"""The model card: complete, within SageMaker's limits, and as a page that hides nothing and runs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from pydantic import ValidationError

from penstock.governance.approvals import Answer, Approval
from penstock.governance.cards import card_name, model_card, write_card
from penstock.governance.copies import AuditCheck
from penstock.governance.dossier import inventory_row
from penstock.governance.pages import card_page, inventory_page
from penstock.models import ModelVersion, Stage, StageChange
from penstock.models.card import ModelOverview, SimpleMetric, card_request
from penstock.specs import load_use_case
from penstock.stores import FolderObjects

EXAMPLES = Path(__file__).parents[3] / "examples"
AT = "2026-01-31T00:00:00.000Z"
DOCUMENTS: dict[str, dict[str, Any]] = {
    "metrics": {"models": {"forest": {"algorithm": "random_forest", "validation": 0.97}}},
    "explanation": {"global_shap": {f"feature_{n}": 0.5 / (n + 1) for n in range(40)}},
    "summary": {"rows": {"train": 300, "test": 100}, "libraries": {"scikit-learn": "1.9.1"}},
}


def version(**changes: Any) -> ModelVersion:
    facts: dict[str, Any] = {
        "use_case": "breast_cancer",
        "version": 4,
        "run_id": "r4",
        "stage": Stage.CHAMPION,
        "candidate": "forest",
        "metrics": {"auc": {"value": 0.98, "low": 0.97, "high": 0.99}},
        "verdict": {
            "passed": False,
            "checks": [{"check": "latency", "passed": False, "reason": "too <slow>"}],
        },
        "model_key": "m",
        "evaluation_prefix": "e",
        "snapshot_id": "s",
        "requested_by": "dana",
        "created_at": AT,
        "history": (StageChange(stage=Stage.APPROVED, at=AT, by="priya", reason="<b>fits</b>"),),
    }
    return ModelVersion.model_validate(facts | changes)


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    return model_card(load_use_case(EXAMPLES / "breast_cancer"), version(), DOCUMENTS).document()


def test_a_card_says_what_a_reviewer_asks(content: dict[str, Any]) -> None:
    assert content["intended_uses"]["risk_rating"] == "Medium"
    assert content["model_overview"]["algorithm_type"] == "random_forest"
    assert content["training_details"]["objective_function"]["function"]["function"] == "Maximize"
    groups = {one["name"]: one["metric_data"] for one in content["evaluation_details"][0]["metric_groups"]}
    assert groups["test"][0]["value"] == 0.98
    assert (groups["gates"][0]["value"], groups["gates"][0]["notes"]) == (False, "too <slow>")
    assert len(groups["explanation"][0]["value"]) == 30
    assert "too <slow>" in content["additional_information"]["caveats_and_recommendations"]


LOOKED_AT: dict[str, dict[str, Any]] = {
    "slices": {"metric": "auc", "overall": 0.9, "slices": [
        {"name": "age above 60", "rows": 90, "share": 0.1, "metric": {"value": 0.8, "low": 0.7, "high": 0.9},
         "origin": "declared", "worse": True}]},
    "analysis": {"post_training_bias_metrics": {"facets": {"sex": [{"value_or_threshold": "f", "metrics": [
        {"name": "DPPL", "description": "d", "value": 0.04},
        {"name": "TE", "description": "d", "value": None, "error": "no value"}]}]}}},
    "calibration": {"expected_error": 0.02, "largest_error": 0.1, "mean_score": [0.2], "share_true": [0.3]},
    "cost": {"a_row": 1.0, "saved": 0.5},
    "complexity": {"simplest_as_good": "tree", "candidates": [
        {"candidate": "tree", "gain": 0.1, "latency_ms": 0.1, "model_bytes": 1_000}]},
    "robustness": {"scenarios": [{"name": "noise_10", "metric": 0.8, "fall": 0.1, "changed": 0.2}],
                   "without": [{"name": "amount", "fall": 0.3}]},
    "learning_curve": {"metric": "auc", "points": [{"rows": 10, "validation": 0.6}], "gain_of_doubling": 0.0},
    "staleness": {"metric": "auc", "points": [{"to_days": 30, "metric": 0.8}], "change_in_30_days": -0.01},
}  # fmt: skip


def test_every_side_of_an_evaluation_is_on_the_card_and_its_graphs_are_drawn() -> None:
    found = model_card(
        load_use_case(EXAMPLES / "breast_cancer"), version(), {**DOCUMENTS, **LOOKED_AT}
    ).document()
    groups = {one["name"]: one["metric_data"] for one in found["evaluation_details"][0]["metric_groups"]}
    assert set(groups) == {"test", "gates", "explanation", "fairness", "slices", "robustness", "calibration",
                           "cost", "complexity", "learning curve", "ageing"}  # fmt: skip
    assert {one["name"]: one["value"] for one in groups["fairness"]} == {
        "DPPL sex=f": 0.04,
        "TE sex=f": "not measured",
    }
    assert groups["ageing"][0]["value"] == [[30.0, 0.8]]
    page = card_page(found, version(), [], None, now=AT)
    assert page.count("<svg") == 4
    assert "age above 60" in page


def test_a_card_that_would_be_too_long_leaves_out_the_longest_and_says_so() -> None:
    metric = {"name": "DPPL", "description": "d" * 1_000, "value": 0.1}
    groups = [{"value_or_threshold": str(n), "metrics": [metric]} for n in range(150)]
    analysis = {"post_training_bias_metrics": {"facets": {"region": groups}}}
    card = model_card(
        load_use_case(EXAMPLES / "breast_cancer"), version(), {**LOOKED_AT, "analysis": analysis}
    )
    assert len(json.dumps(card.document())) <= 100_000
    (evaluation,) = card.evaluation_details
    assert evaluation.evaluation_observation.endswith("Too long for a card: fairness.")
    assert {"slices", "gates"} <= {group.name for group in evaluation.metric_groups}


def test_the_card_names_the_package_in_the_registry() -> None:
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/penstock-breast-cancer/7"
    card = model_card(load_use_case(EXAMPLES / "breast_cancer"), version(package_arn=arn), {})
    details = card.model_package_details
    assert (details.model_package_version, details.model_approval_status) == (7, "Approved")
    assert (details.model_package_group_name, details.model_package_arn) == ("penstock-breast-cancer", arn)


def test_sagemaker_takes_the_request(content: dict[str, Any]) -> None:
    request = card_request(card_name(version()), content, key="arn:aws:kms:eu-west-1:111122223333:key/k")
    shape: Any = (
        botocore.session.get_session()
        .get_service_model("sagemaker")
        .operation_model("CreateModelCard")
        .input_shape
    )
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert len(request["Content"]) < 100_000


@pytest.mark.parametrize(
    "make",
    [
        lambda: ModelOverview(model_description="x" * 1_025),
        lambda: ModelOverview(model_version=0),
        lambda: ModelOverview.model_validate({"something_else": 1}),
        lambda: SimpleMetric(name="", type="number", value=1.0),
    ],
)
def test_what_sagemaker_would_refuse_is_refused(make: Any) -> None:
    with pytest.raises(ValidationError):
        make()


def test_a_card_is_stored_even_where_an_evaluation_left_nothing(tmp_path: Path) -> None:
    store = FolderObjects(tmp_path)
    key = write_card(store, load_use_case(EXAMPLES / "breast_cancer"), version(metrics={}, verdict={}))
    assert json.loads(store.read(key))["model_overview"]["model_name"] == "breast_cancer"


def test_the_page_shows_decisions_and_escapes_what_people_wrote(content: dict[str, Any]) -> None:
    approval = Approval(
        approval_id="a", use_case="breast_cancer", version=4, requested_by="dana", risk_tier="medium",
        created_at=AT, expires_at=AT, task_token="secret",
        answers=(Answer(role="model_risk", by="paul", decision="approve", reason="<i>ok</i>", at=AT,
                        instead_of="priya"),),
    )  # fmt: skip
    check = AuditCheck(use_case="breast_cancer", records=9, copies=9, findings=("record 2: odd",))
    reviewed = version(reviews=({"by": "omar", "at": AT, "reason": "no <drift>"},))
    page = card_page(content, reviewed, [approval], check, now=AT)
    assert "no &lt;drift&gt;" in page
    assert "paul for priya" in page
    assert "&lt;i&gt;ok&lt;/i&gt;" in page
    assert "does not verify" in page
    assert not any(bad in page for bad in ("<script", "<i>ok", "<b>fits", "secret", "http://", "https://"))
    assert len(page.encode()) < 100_000


@pytest.mark.parametrize(
    ("stage", "now", "overdue"),
    [
        (Stage.CHAMPION, "2027-01-28T00:00:00.000Z", False),
        (Stage.CHAMPION, "2027-01-29T00:00:00.000Z", True),
        (Stage.RETIRED, "2028-01-01T00:00:00.000Z", False),
    ],
)
def test_the_inventory_tells_when_a_review_is_due(stage: Stage, now: str, overdue: bool) -> None:
    row = inventory_row(load_use_case(EXAMPLES / "breast_cancer"), version(stage=stage), now=now)
    assert (row.review_due, row.overdue, row.approved_by) == ("2027-01-28", overdue, "priya")
    assert "breast_cancer" in inventory_page([row], now=now)
