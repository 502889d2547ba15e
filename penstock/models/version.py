"""A model version and the stages that it may go through."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.models.signing import PackageSignature


class Stage(StrEnum):
    """Where a version stands between training and retirement."""

    REFUSED = "refused"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DEPLOYING = "deploying"
    CHAMPION = "champion"
    RETIRED = "retired"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"


TRANSITIONS: dict[Stage, frozenset[Stage]] = {
    Stage.REFUSED: frozenset(),
    Stage.PENDING_APPROVAL: frozenset({Stage.APPROVED, Stage.REJECTED, Stage.EXPIRED}),
    Stage.APPROVED: frozenset({Stage.DEPLOYING}),
    Stage.REJECTED: frozenset(),
    Stage.EXPIRED: frozenset({Stage.PENDING_APPROVAL}),
    Stage.DEPLOYING: frozenset({Stage.CHAMPION, Stage.ROLLED_BACK, Stage.FAILED}),
    Stage.CHAMPION: frozenset({Stage.RETIRED}),
    Stage.RETIRED: frozenset({Stage.DEPLOYING}),
    Stage.ROLLED_BACK: frozenset({Stage.DEPLOYING}),
    Stage.FAILED: frozenset({Stage.DEPLOYING}),
}
"""Which stages may follow which. A champion that is deployed again with other settings stays champion."""


class StageChange(BaseModel):
    """One step of a version's history."""

    model_config = ConfigDict(frozen=True)

    stage: Stage
    at: str
    by: str
    reason: str = ""


class Review(BaseModel):
    """Somebody has looked again at a version that serves."""

    model_config = ConfigDict(frozen=True)

    by: str
    at: str
    reason: str


class ModelVersion(BaseModel):
    """One trained, evaluated and registered model.

    Attributes
    ----------
    metrics
        Name of a metric on the test set to ``value``, ``low`` and ``high``.
    model_key, evaluation_prefix
        Where model and evaluation lie in the artifacts bucket.
    signature
        Hashes of the package as it was registered.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    version: int
    run_id: str
    stage: Stage
    candidate: str
    metrics: dict[str, Any] = {}
    verdict: dict[str, Any] = {}
    model_key: str
    evaluation_prefix: str
    signature: PackageSignature | None = None
    package_arn: str = ""
    snapshot_id: str = ""
    digest: str = ""
    requested_by: str
    created_at: str
    history: tuple[StageChange, ...] = ()
    reviews: tuple[Review, ...] = ()
