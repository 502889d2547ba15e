"""When drift starts a training."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from penstock.monitoring import decide_retraining
from penstock.specs import RetrainingPolicy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = RetrainingPolicy(minimum_violations=2, cool_down_minutes=60)


@pytest.mark.parametrize(
    ("policy", "violations", "started", "running", "start", "reason"),
    [
        (POLICY, 2, None, False, True, "2 violations"),
        (POLICY, 1, None, False, False, "2 are needed"),
        (POLICY, 5, None, True, False, "already running"),
        (POLICY, 5, NOW - timedelta(minutes=59), False, False, "cooling down until 2026-03-01T12:01"),
        (POLICY, 5, NOW - timedelta(minutes=60), False, True, "5 violations"),
        (POLICY.model_copy(update={"enabled": False}), 5, None, False, False, "switched off"),
    ],
)
def test_a_training_starts_only_when_the_policy_says_so(policy, violations, started, running, start, reason):  # noqa: PLR0917 (pytest passes them by name)
    decision = decide_retraining(
        policy, violations=violations, last_started_at=started, running=running, now=NOW
    )
    assert decision.start is start
    assert reason in decision.reason
