"""Typed settings of an environment, read from ``cdk.json`` by ``app.py`` alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Module = Literal["data", "experimentation", "production"]


class Settings(BaseModel):
    """How one environment differs from the others.

    Attributes
    ----------
    environment
        Name of the environment; part of stack names and SSM parameters.
    modules
        What is deployed. Each module needs those before it.
    keep_data
        Whether buckets and tables outlive their stack.
    log_retention_days
        How long function and workflow logs are kept.
    monitoring_minutes
        How often live endpoints are checked.
    poll_seconds
        How often a rollout is looked at.
    large_file_megabytes
        Above this size a file is onboarded by a SageMaker job.
    mlflow_tracking
        MLflow server that every run is written to: its address, or the ARN of one that SageMaker runs.
    hourly_prices
        Dollars an hour by instance type, for limits and estimates of what training costs; AWS's list prices
        on demand of us-east-1 when empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: str = Field(pattern=r"^[a-z][a-z0-9]{1,11}$")
    modules: tuple[Module, ...] = ("data", "experimentation", "production")
    keep_data: bool = True
    log_retention_days: Literal[7, 30, 90, 365] = 90
    monitoring_minutes: int = Field(default=60, ge=5)
    poll_seconds: int = Field(default=30, ge=1)
    large_file_megabytes: int = Field(default=128, ge=1)
    mlflow_tracking: str = Field(default="", pattern=r"^(|https?://\S+|arn:\S+)$")
    hourly_prices: dict[str, Annotated[float, Field(gt=0.0)]] = {}

    @classmethod
    def of(cls, context: dict[str, Any], environment: str) -> Settings:
        """Read the settings of an environment from ``cdk.json``'s context.

        Examples
        --------
        >>> Settings.of({"modules": ["data"], "environments": {"dev": {"keep_data": False}}}, "dev").keep_data
        False
        """
        known = context["environments"]
        if environment not in known:
            raise ValueError(
                f"cdk.json has no environment {environment!r}; it has: {', '.join(sorted(known))}"
            )
        return cls(environment=environment, **{"modules": context["modules"], **known[environment]})
