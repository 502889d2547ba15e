"""When drift starts a training: debounced, with a cool-down. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from penstock.specs.monitoring import RetrainingPolicy


@dataclass(frozen=True)
class RetrainingDecision:
    """Whether to train again now, and why or why not."""

    start: bool
    reason: str


def decide_retraining(
    policy: RetrainingPolicy,
    *,
    violations: int,
    last_started_at: datetime | None,
    running: bool,
    now: datetime,
) -> RetrainingDecision:
    """Decide whether drift starts a training.

    Parameters
    ----------
    policy
        From the use case.
    violations
        How many the last monitoring run found.
    last_started_at
        When a training was last started for this use case, whatever its reason.
    running
        Whether one is running, or waits for approval.
    now
        The time of the decision; both times with a time zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> policy = RetrainingPolicy(cool_down_minutes=60)
    >>> decide_retraining(policy, violations=2, last_started_at=None, running=False, now=now).start
    True
    >>> recent = datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
    >>> decide_retraining(policy, violations=2, last_started_at=recent, running=False, now=now)
    RetrainingDecision(start=False, reason='cooling down until 2026-03-01T12:30:00+00:00')
    """
    if not policy.enabled:
        return RetrainingDecision(False, "retraining is switched off in monitoring.yaml")
    if violations < policy.minimum_violations:
        return RetrainingDecision(False, f"{violations} violations, {policy.minimum_violations} are needed")
    if running:
        return RetrainingDecision(False, "a training is already running")
    cool_until = last_started_at + timedelta(minutes=policy.cool_down_minutes) if last_started_at else now
    if cool_until > now:
        return RetrainingDecision(False, f"cooling down until {cool_until.isoformat()}")
    return RetrainingDecision(True, f"{violations} violations of the drift baseline")
