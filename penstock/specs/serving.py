"""How a model is served and rolled out."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from penstock.specs.base import Spec


class Rollout(Spec):
    """How a later version takes over the traffic."""

    strategy: Literal["all_at_once", "canary", "linear"] = "canary"
    percent: int = Field(default=20, ge=1, le=50)
    """Share of traffic of the canary, or of each linear step."""
    wait_seconds: int = Field(default=300, ge=0, le=3_600)
    """How long the alarms are watched before the rest follows."""
    maximum_error_rate: float = Field(default=0.02, ge=0.0, le=1.0)
    maximum_latency_milliseconds: float = Field(default=2_000.0, gt=0.0)


class ExplainSpec(Spec):
    """Which answers of an endpoint come with the reasons for them."""

    share: float = Field(default=0.0, ge=0.0, le=1.0)
    """Share of requests that are explained without being asked; what is asked for is explained anyway."""
    top: int = Field(default=5, ge=1, le=100)
    """How many columns are told of in words, unless the request says."""
    max_rows: int = Field(default=100, ge=1, le=1_000)
    """Rows that one request may have explained; more is refused by the container."""


class ServingSpec(Spec):
    """The endpoint of a use case."""

    instance_type: str = "ml.m5.large"
    instance_count: int = Field(default=1, ge=1, le=20)
    capture_percent: int = Field(default=100, ge=0, le=100)
    max_batch_rows: int = Field(default=1_000, ge=1)
    """Rows that one request may carry; more is refused by the container."""
    rollout: Rollout = Rollout()
    explain: ExplainSpec = ExplainSpec()

    @model_serializer(mode="wrap")
    def _as_ever(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write what says nothing of explanations as it has always been written."""
        document: dict[str, Any] = written(self)
        return (
            document
            if self.explain != ExplainSpec()
            else {k: v for k, v in document.items() if k != "explain"}
        )
