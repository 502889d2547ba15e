"""Facts of a use case that went through everything, as the platform would give them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from penstock.reports.facts import (
    ArrivalFact,
    AuditFact,
    CandidateFact,
    CheckFact,
    DriftFact,
    ExecutionFact,
    Facts,
    IntervalFact,
    MonitoringFact,
    ReasonFact,
    SpanFact,
    StepFact,
    VersionFact,
)

START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
COLUMNS = (
    "late_share",
    "country",
    "terms_days",
    "amount",
    "industry",
    "disputed",
    "issue_month",
    "line_count",
)


def _interval(value: float) -> IntervalFact:
    return IntervalFact(value=value, low=value - 0.006, high=value + 0.006)


def _model(name: str, role: str, auc: float) -> CandidateFact:
    metrics = {metric: _interval(auc - place / 10) for place, metric in enumerate(("auc", "f1", "accuracy"))}
    return CandidateFact(name=name, role=role, algorithm=name, test=metrics, recent=metrics)


def _curves(power: float) -> dict[str, Any]:
    share = [place / 150 for place in range(151)]
    return {
        "roc": {
            "false_positive_rates": share,
            "true_positive_rates": [x**power for x in share],
            "thresholds": [1 - x for x in share],
        },
        "precision_recall": {"recalls": share, "precisions": [0.95 - 0.6 * x**1.4 for x in share]},
        "calibration": {
            "mean_score": [(n + 0.5) / 15 for n in range(15)],
            "share_positive": [min(1.0, (n + 0.5) / 15 + 0.03 * math.sin(n)) for n in range(15)],
            "rows": [100.0] * 15,
        },
    }


def _row(place: int) -> dict[str, Any]:
    shap = {name: math.sin(place + number) / (number + 1) for number, name in enumerate(COLUMNS)}
    values: dict[str, Any] = dict.fromkeys(COLUMNS, 3.25) | {"country": "DE", "disputed": None}
    return {"values": values, "shap": shap, "score": place / 10}


def _version(number: int, stage: str, *, passed: bool, auc: float) -> VersionFact:
    models = [
        _model("baseline", "baseline", 0.5),
        _model("logistic", "candidate", auc - 0.02),
        _model("xgboost", "candidate", auc),
    ]
    if number > 1:
        models.append(_model("champion", "champion", auc - 0.1))
    return VersionFact(
        version=number,
        stage=stage,
        candidate="xgboost",
        run_id=f"run-{number}",
        requested_by="dana",
        created_at="2026-01-01T09:01:00.000Z",
        compared_with="1" if number > 1 else "",
        models=tuple(models),
        checks=(
            CheckFact(check="minimum_auc", passed=passed, reason="auc on the test rows is 0.8, at least 0.7"),
            CheckFact(check="latency", passed=True, reason="1.2 ms for one row, at most 100 is allowed"),
        ),
        history=({"stage": stage, "at": "2026-01-01T09:01:00.000Z", "by": "priya", "reason": ""},),
        curves=_curves(0.2 + number / 20),
        shap={name: 0.6 / (place + 1) for place, name in enumerate(COLUMNS)},
        rows=tuple(_row(place) for place in range(10)),
        summary={"rows": {"test": 40_000}, "positive_share": {"test": 0.3}},
    )


def _execution(place: int, workflow: str, seconds: float, status: str = "SUCCEEDED") -> ExecutionFact:
    started = START + timedelta(seconds=place * 14)
    names = ("Prepare", "Train", "Evaluate")
    states = tuple(
        SpanFact(
            name=name,
            started=started + timedelta(seconds=seconds * number / 3),
            stopped=started + timedelta(seconds=seconds * (number + 1) / 3),
        )
        for number, name in enumerate(names)
    )
    return ExecutionFact(
        workflow=workflow,
        name=f"{workflow}-{place}",
        arn=f"arn:{place}",
        status=status,
        started=started,
        stopped=started + timedelta(seconds=seconds),
        use_case="late_invoices",
        states=states,
    )


@pytest.fixture
def facts() -> Facts:
    workflows = ("onboarding", "features", "training", "approval", "deployment", "monitoring", "retraining")
    return Facts(
        use_case="late_invoices",
        title="Which invoices will be paid late",
        owner="finance-data",
        environment="dev",
        generated_at="2026-01-01T09:03:20.000Z",
        metric="auc",
        description="Collections call customers before an invoice is late.",
        risk_tier="medium",
        arrivals=tuple(
            ArrivalFact(
                dataset="invoices",
                file_name=f"invoices_2025_{month:02d}.csv",
                status="accepted",
                received_at="2026-01-01T09:00:00.000Z",
                rows_in=28_571,
                rows_curated=28_440,
                rows_quarantined=131,
            )
            for month in range(1, 8)
        ),
        reasons=(
            ReasonFact(rule="between amount", severity="quarantine", broken=212),
            ReasonFact(rule="unique invoice_id", severity="quarantine", broken=150),
        ),
        versions=(
            _version(1, "retired", passed=True, auc=0.81),
            _version(2, "champion", passed=True, auc=0.8),
            _version(3, "refused", passed=False, auc=0.64),
        ),
        executions=tuple(
            _execution(place, name, 9.0 + place, "FAILED" if place == 4 else "SUCCEEDED")
            for place, name in enumerate(workflows)
        ),
        monitoring=(
            MonitoringFact(
                at="2026-01-01T09:02:00.000Z",
                status="completed",
                rows=2000,
                violations=3,
                drifted=("country", "terms_days"),
                distances=tuple(
                    DriftFact(feature=name, distance=0.24 - 0.03 * place, threshold=0.1)
                    for place, name in enumerate(COLUMNS)
                ),
            ),
        ),
        audit=AuditFact(
            records=31,
            verified=True,
            head="ab" * 32,
            first_at="2026-01-01T09:00:00.000Z",
            last_at="2026-01-01T09:03:00.000Z",
            actions={"arrival_accepted": 7, "model_registered": 2},
            actors=("dana", "priya"),
        ),
        story=(
            StepFact(title="Start the local cloud", seconds=21.4),
            StepFact(title="Six months land", seconds=75.2),
        ),
    )
