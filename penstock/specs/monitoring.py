"""What is watched once a model is live, and when it is trained again."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from penstock.specs.base import Spec


class RetrainingPolicy(Spec):
    """When drift starts a training."""

    enabled: bool = True
    minimum_violations: int = Field(default=1, ge=1)
    cool_down_minutes: int = Field(default=1_440, ge=0)
    """No second training within this time after one was started."""


class MonitoringSpec(Spec):
    """Limits of drift and the retraining policy."""

    window_hours: int = Field(default=24, ge=1)
    minimum_rows: int = Field(default=200, ge=10)
    """Below this many captured rows there is no verdict."""
    drift_threshold: float = Field(default=0.1, gt=0.0, le=1.0)
    categorical_drift_threshold: float = Field(default=0.1, gt=0.0, le=1.0)
    completeness_threshold: float = Field(default=0.1, gt=0.0, le=1.0)
    retraining: RetrainingPolicy = RetrainingPolicy()
    explain_share: float = Field(default=0.0, ge=0.0, le=1.0)
    """Share of the predictions of a window that are explained and stored after the check."""

    @model_serializer(mode="wrap")
    def _as_ever(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write what says nothing of explanations as it has always been written."""
        document: dict[str, Any] = written(self)
        return document if self.explain_share else {k: v for k, v in document.items() if k != "explain_share"}
