"""Scheduler corrections: a look at the schedules every second, and no firing of what a stop made miss."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

TICK_SECONDS = 1.0
_BORN = time.time()


def last_due(created: float, interval: float, now: float) -> float:
    """Return when a schedule with a fixed rate was last due.

    Examples
    --------
    >>> last_due(created=1000.0, interval=60.0, now=1130.0)
    1120.0
    """
    return created + max(0.0, (now - created) // interval) * interval


def _epoch(value: Any) -> float:
    """Return a stored point in time as seconds."""
    if isinstance(value, int | float):
        return float(value)
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return _BORN


def _anchor(
    records: Mapping[Any, dict[str, Any]], fired: dict[Any, float], member: str, eventbridge: Any
) -> None:
    """Note when schedules that were restored from disk were last due."""
    for key, record in list(records.items()):
        created = _epoch(record.get(member, _BORN))
        interval = eventbridge._parse_rate_seconds(record.get("ScheduleExpression", ""))
        if key not in fired and interval and created < _BORN:
            fired[key] = last_due(created, float(interval), time.time())


def _anchored(
    tick: Callable[[], None], store: Callable[[], Any], fired: Any, member: str, bridge: Any
) -> Any:
    """Put the anchoring in front of a sweep."""

    def sweep() -> None:
        """Fire what is due now."""
        _anchor(store()._data, fired, member, bridge)
        tick()

    return sweep


def _skip_missed(scheduler: Any) -> None:
    """Mark one-time schedules whose time passed while nothing ran."""
    for key, record in list(scheduler._schedules._data.items()):
        due = scheduler._at_time_epoch(record.get("ScheduleExpression", ""))
        if due is not None and due < _BORN:
            scheduler._schedule_last_fired.setdefault(key, due)


def install() -> None:
    """Correct when schedules and scheduled rules fire."""
    from ministack.services import eventbridge, scheduler

    scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS
    eventbridge._SCHEDULER_TICK_INTERVAL = TICK_SECONDS
    sweep = _anchored(
        scheduler._tick_schedules,
        lambda: scheduler._schedules,
        scheduler._schedule_last_fired,
        "CreationDate",
        eventbridge,
    )

    def sweep_schedules() -> None:
        """Fire the schedules that are due."""
        _skip_missed(scheduler)
        sweep()

    scheduler._tick_schedules = sweep_schedules
    eventbridge._tick_scheduled_rules = _anchored(
        eventbridge._tick_scheduled_rules,
        lambda: eventbridge._rules,
        eventbridge._rule_last_fired,
        "CreationTime",
        eventbridge,
    )
