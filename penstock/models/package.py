"""A version as a SageMaker model package."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from penstock.models.version import ModelVersion, Stage
from penstock.stores import ObjectStore

ApprovalStatus = Literal["Approved", "Rejected", "PendingManualApproval"]
PENDING: ApprovalStatus = "PendingManualApproval"
APPROVED: ApprovalStatus = "Approved"
REJECTED: ApprovalStatus = "Rejected"
_REFUSED = {Stage.REFUSED, Stage.REJECTED, Stage.EXPIRED}
_DOCUMENTS = ("evaluation.json", "statistics.json", "constraints.json", "analysis.json")
_BIAS = {"pre_training_bias_metrics": "PreTraining", "post_training_bias_metrics": "PostTraining"}


def group_name(use_case: str) -> str:
    """Name the model package group of a use case.

    Examples
    --------
    >>> group_name("late_invoices")
    'penstock-late-invoices'
    """
    return f"penstock-{use_case.replace('_', '-')}"


def expected_status(version: ModelVersion) -> ApprovalStatus:
    """Return the approval status that a version's package must have.

    Examples
    --------
    >>> facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e", "requested_by": "d"}
    >>> expected_status(ModelVersion(use_case="u", version=1, run_id="r", stage=Stage.EXPIRED,
    ...                              created_at="2026-01-01T00:00:00.000Z", **facts))
    'Rejected'
    """
    if version.stage is Stage.PENDING_APPROVAL:
        return PENDING
    return REJECTED if version.stage in _REFUSED else APPROVED


def package_request(version: ModelVersion, *, artifacts: ObjectStore, image: str) -> dict[str, Any]:
    """Return the CreateModelPackage request of a version, with its metrics and drift baselines.

    Parameters
    ----------
    version
        As registered; its evaluation lies in ``artifacts``.
    artifacts
        The bucket of models and evaluations.
    image
        Address of the runtime image, in which the model is served.
    """
    folder = version.evaluation_prefix
    content = {name: artifacts.read(f"{folder}/{name}") for name in _DOCUMENTS}
    found = {name: _source(f"{artifacts.uri}/{folder}/{name}", data) for name, data in content.items()}
    report, biased = found["analysis.json"], _biased(content["analysis.json"])
    model = {"Image": image, "ModelDataUrl": f"{artifacts.uri}/{version.model_key}"}
    return {
        "ModelPackageGroupName": group_name(version.use_case),
        "ClientToken": hashlib.sha256(version.run_id.encode()).hexdigest()[:32],
        "ModelPackageDescription": f"{version.candidate}, run {version.run_id}",
        "ModelApprovalStatus": REJECTED if version.stage is Stage.REFUSED else PENDING,
        "InferenceSpecification": {
            "Containers": [model],
            "SupportedContentTypes": ["application/json", "text/csv"],
            "SupportedResponseMIMETypes": ["application/json", "text/csv"],
        },
        "ModelMetrics": {
            "ModelQuality": {"Statistics": found["evaluation.json"]},
            "ModelDataQuality": {
                "Statistics": found["statistics.json"],
                "Constraints": found["constraints.json"],
            },
            "Explainability": {"Report": report},
            **_bias(biased, "Report", report, whole=True),
        },
        "DriftCheckBaselines": {
            "ModelQuality": {"Statistics": found["evaluation.json"]},
            "ModelDataQuality": {
                "Statistics": found["statistics.json"],
                "Constraints": found["constraints.json"],
            },
            "Explainability": {"Constraints": report},
            **_bias(biased, "Constraints", report),
        },
        "CustomerMetadataProperties": {
            "use_case": version.use_case,
            "version": str(version.version),
            "run_id": version.run_id,
            "snapshot_id": version.snapshot_id,
        },
    }


def _biased(analysis: bytes) -> list[str]:
    """Return the stages of which an analysis has bias metrics."""
    document: dict[str, Any] = json.loads(analysis)
    return [stage for name, stage in _BIAS.items() if document.get(name)]


def _bias(stages: list[str], member: str, report: dict[str, str], *, whole: bool = False) -> dict[str, Any]:
    """Return ``Bias`` with the document of each stage, and of all; nothing where none was measured."""
    found = {f"{stage}{member}": report for stage in stages}
    return {"Bias": {**({member: report} if whole else {}), **found}} if found else {}


def _source(address: str, data: bytes) -> dict[str, str]:
    """Name a document with its hash."""
    digest = hashlib.sha256(data).hexdigest()
    return {"ContentType": "application/json", "S3Uri": address, "ContentDigest": f"sha256:{digest}"}
