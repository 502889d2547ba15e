"""What a report tells, as plain frozen documents: aggregates, no rows of people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Fact(BaseModel):
    """A frozen part of the facts."""

    model_config = ConfigDict(frozen=True)


class ArrivalFact(_Fact):
    """A file that landed."""

    dataset: str
    file_name: str
    status: str
    received_at: str
    rows_in: int = 0
    rows_curated: int = 0
    rows_quarantined: int = 0
    error: str = ""


class ReasonFact(_Fact):
    """A rule, and how many rows broke it."""

    rule: str
    severity: str
    broken: int


class IntervalFact(_Fact):
    """A metric with its 95 % interval."""

    value: float
    low: float
    high: float


class CandidateFact(_Fact):
    """A model that was measured in a run."""

    name: str
    role: str
    algorithm: str = ""
    test: dict[str, IntervalFact] = {}
    recent: dict[str, IntervalFact] = {}


class CheckFact(_Fact):
    """One gate of a verdict."""

    check: str
    passed: bool
    reason: str


class VersionFact(_Fact):
    """A version of the model, with what its evaluation says.

    ``curves`` is the content of ``curves.json``, ``shap`` the mean absolute SHAP value by column,
    ``rows`` the explained rows: their values by column, and what each column did to the answer,
    ``explanation`` what acts together and what turns answers, ``dependence`` the content of
    ``dependence.json``, ``documents`` what else its evaluation looked at, by name.
    """

    version: int
    stage: str
    candidate: str
    run_id: str
    requested_by: str
    created_at: str
    compared_with: str = ""
    models: tuple[CandidateFact, ...] = ()
    checks: tuple[CheckFact, ...] = ()
    history: tuple[dict[str, str], ...] = ()
    curves: dict[str, Any] = {}
    shap: dict[str, float] = {}
    rows: tuple[dict[str, Any], ...] = ()
    summary: dict[str, Any] = {}
    explanation: dict[str, Any] = {}
    dependence: dict[str, Any] = {}
    documents: dict[str, dict[str, Any]] = {}

    @property
    def chosen(self) -> CandidateFact | None:
        """The measured candidate that became this version."""
        return next((model for model in self.models if model.name == self.candidate), None)


class SpanFact(_Fact):
    """A state of a workflow, and when it was in it."""

    name: str
    started: datetime
    stopped: datetime


class ExecutionFact(_Fact):
    """One run of a workflow."""

    workflow: str
    name: str
    arn: str
    status: str
    started: datetime
    stopped: datetime | None = None
    use_case: str = ""
    states: tuple[SpanFact, ...] = ()
    failed_state: str = ""
    error: str = ""
    cause: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return (self.stopped - self.started).total_seconds() if self.stopped else None


class DriftFact(_Fact):
    """How far a feature is from its baseline."""

    feature: str
    distance: float
    threshold: float

    @property
    def drifted(self) -> bool:
        """Whether the distance is above the threshold."""
        return self.distance > self.threshold


class MonitoringFact(_Fact):
    """One look at the live traffic."""

    at: str
    status: str
    rows: int
    violations: int
    drifted: tuple[str, ...] = ()
    distances: tuple[DriftFact, ...] = ()


class AuditFact(_Fact):
    """The audit chain: how long it is, whether it and its copies verify, and what was done how often."""

    records: int = 0
    copies: int = 0
    verified: bool = False
    problem: str = ""
    head: str = ""
    first_at: str = ""
    last_at: str = ""
    actions: dict[str, int] = {}
    actors: tuple[str, ...] = ()


class StepFact(_Fact):
    """A step of a told story, with its time."""

    title: str
    seconds: float


class Facts(_Fact):
    """Everything that the report of one use case tells.

    Examples
    --------
    >>> Facts(use_case="late_invoices", title="Who pays late", owner="finance", environment="dev",
    ...       generated_at="2026-01-01T00:00:00.000Z", metric="auc").rows_in
    0
    """

    use_case: str
    title: str
    owner: str
    environment: str
    generated_at: str
    metric: str
    description: str = ""
    risk_tier: str = ""
    arrivals: tuple[ArrivalFact, ...] = ()
    reasons: tuple[ReasonFact, ...] = ()
    versions: tuple[VersionFact, ...] = ()
    executions: tuple[ExecutionFact, ...] = ()
    monitoring: tuple[MonitoringFact, ...] = ()
    audit: AuditFact = AuditFact()
    story: tuple[StepFact, ...] = ()

    @property
    def rows_in(self) -> int:
        """Rows of all files that were accepted."""
        return sum(arrival.rows_in for arrival in self.arrivals)

    @property
    def rows_curated(self) -> int:
        """Rows that reached the lake."""
        return sum(arrival.rows_curated for arrival in self.arrivals)

    @property
    def rows_quarantined(self) -> int:
        """Rows that were set aside with a reason."""
        return sum(arrival.rows_quarantined for arrival in self.arrivals)

    @property
    def champion(self) -> VersionFact | None:
        """The version that serves now."""
        return next((version for version in self.versions if version.stage == "champion"), None)
