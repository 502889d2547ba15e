"""A version as a SageMaker model package."""

from __future__ import annotations

import hashlib
from typing import Any

from penstock.models.version import ModelVersion, Stage
from penstock.stores import ObjectStore

_METRICS = {
    "ModelQuality": ("Statistics", "evaluation.json"),
    "ModelDataQuality": ("Statistics", "statistics.json"),
    "Explainability": ("Report", "analysis.json"),
}


def group_name(use_case: str) -> str:
    """Name the model package group of a use case.

    Examples
    --------
    >>> group_name("late_invoices")
    'penstock-late-invoices'
    """
    return f"penstock-{use_case.replace('_', '-')}"


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
    sources = {name: _source(artifacts, f"{folder}/{name}") for _, name in _METRICS.values()}
    constraints = _source(artifacts, f"{folder}/constraints.json")
    model = {"Image": image, "ModelDataUrl": f"{artifacts.uri}/{version.model_key}"}
    return {
        "ModelPackageGroupName": group_name(version.use_case),
        "ClientToken": hashlib.sha256(version.run_id.encode()).hexdigest()[:32],
        "ModelPackageDescription": f"{version.candidate}, run {version.run_id}",
        "ModelApprovalStatus": "Rejected" if version.stage is Stage.REFUSED else "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [model],
            "SupportedContentTypes": ["application/json", "text/csv"],
            "SupportedResponseMIMETypes": ["application/json", "text/csv"],
        },
        "ModelMetrics": {group: {member: sources[name]} for group, (member, name) in _METRICS.items()},
        "DriftCheckBaselines": {
            "ModelDataQuality": {"Statistics": sources["statistics.json"], "Constraints": constraints}
        },
        "CustomerMetadataProperties": {
            "use_case": version.use_case,
            "version": str(version.version),
            "run_id": version.run_id,
            "snapshot_id": version.snapshot_id,
        },
    }


def _source(artifacts: ObjectStore, key: str) -> dict[str, str]:
    """Name a document with its hash."""
    digest = hashlib.sha256(artifacts.read(key)).hexdigest()
    return {
        "ContentType": "application/json",
        "S3Uri": f"{artifacts.uri}/{key}",
        "ContentDigest": f"sha256:{digest}",
    }
