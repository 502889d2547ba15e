"""A version as a model package: every document with its hash, bias only where it was measured."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from penstock.models import ModelVersion, Stage
from penstock.models.package import expected_status, package_request
from penstock.stores import FolderObjects

BIAS = {"facets": {"sex": [{"value_or_threshold": "f", "metrics": []}]}}


def version(stage: Stage = Stage.PENDING_APPROVAL) -> ModelVersion:
    facts = {"candidate": "c", "model_key": "m.tar.gz", "evaluation_prefix": "e", "requested_by": "dana"}
    made = {"created_at": "2026-01-01T00:00:00.000Z", "snapshot_id": "s1"}
    return ModelVersion(use_case="late_invoices", version=3, run_id="r3", stage=stage, **facts, **made)


def request(folder: Path, analysis: dict[str, Any], stage: Stage = Stage.PENDING_APPROVAL) -> dict[str, Any]:
    store = FolderObjects(folder)
    for name in ("evaluation", "statistics", "constraints"):
        store.write(f"e/{name}.json", name.encode())
    store.write("e/analysis.json", json.dumps(analysis).encode())
    return package_request(version(stage), artifacts=store, image="i:1")


def test_bias_reports_are_attached_by_stage_and_are_baselines(tmp_path: Path) -> None:
    analysis = {"pre_training_bias_metrics": BIAS, "post_training_bias_metrics": BIAS}
    found = request(tmp_path, analysis)
    report = found["ModelMetrics"]["Explainability"]["Report"]
    assert found["ModelMetrics"]["Bias"] == dict.fromkeys(
        ("Report", "PreTrainingReport", "PostTrainingReport"), report
    )
    assert found["DriftCheckBaselines"]["Bias"] == {
        "PreTrainingConstraints": report,
        "PostTrainingConstraints": report,
    }


def test_without_facets_there_is_no_bias(tmp_path: Path) -> None:
    found = request(tmp_path, {"version": "1.0"})
    assert "Bias" not in found["ModelMetrics"]
    assert "Bias" not in found["DriftCheckBaselines"]


def test_labels_alone_can_be_measured(tmp_path: Path) -> None:
    found = request(tmp_path, {"pre_training_bias_metrics": BIAS})
    assert set(found["ModelMetrics"]["Bias"]) == {"Report", "PreTrainingReport"}


def test_every_document_has_its_hash_and_every_kind_of_monitoring_its_baseline(tmp_path: Path) -> None:
    found = request(tmp_path, {})
    source = found["ModelMetrics"]["ModelQuality"]["Statistics"]
    assert source["ContentDigest"] == f"sha256:{hashlib.sha256(b'evaluation').hexdigest()}"
    assert source["S3Uri"].endswith("/e/evaluation.json")
    assert set(found["DriftCheckBaselines"]) == {"ModelQuality", "ModelDataQuality", "Explainability"}
    assert set(found["DriftCheckBaselines"]["ModelDataQuality"]) == {"Statistics", "Constraints"}


@pytest.mark.parametrize("stage", list(Stage))
def test_a_package_has_the_status_of_its_version(tmp_path: Path, stage: Stage) -> None:
    refused = stage in {Stage.REFUSED, Stage.REJECTED, Stage.EXPIRED}
    waiting = stage is Stage.PENDING_APPROVAL
    assert expected_status(version(stage)) == (
        "Rejected" if refused else "PendingManualApproval" if waiting else "Approved"
    )
    made = request(tmp_path, {}, stage)["ModelApprovalStatus"]
    assert made == ("Rejected" if stage is Stage.REFUSED else "PendingManualApproval")
