"""CloudWatch corrections: alarms look at their own dimensions, at M of N periods, and at missing data."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from local_cloud.constants import ACCOUNT, REGION
from local_cloud.emulator.metric_math import series
from local_cloud.emulator.signals import emit_event

logger = logging.getLogger("penstock.alarms")
EVALUATION_SECONDS = 5.0
_EXTRA_PERIODS = 2
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
Alarm = dict[str, Any]


def next_state(
    breaches: Sequence[bool | None], *, needed: int, periods: int, missing: str, current: str
) -> str:
    """Decide an alarm's state as CloudWatch does.

    Parameters
    ----------
    breaches
        A period each, oldest first, over the evaluation range (a little longer than ``periods``): whether its
        data point breaches the threshold, or None where there is none.
    needed
        ``DatapointsToAlarm``, the M of "M out of N".
    periods
        ``EvaluationPeriods``, the N.
    missing
        ``TreatMissingData``: ``breaching``, ``notBreaching``, ``ignore`` or ``missing``.
    current
        The state so far.

    Returns
    -------
    str
        ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``.

    Examples
    --------
    >>> rule = {"needed": 3, "periods": 3, "current": "OK"}
    >>> next_state([None, None, None, None, None], missing="missing", **rule)
    'INSUFFICIENT_DATA'
    >>> next_state([False, True, True, None, True], missing="missing", **rule)
    'ALARM'
    """
    known = [breach for breach in breaches if breach is not None]
    recent = list(breaches[-periods:])
    if None not in recent or len(known) >= periods:
        counted = recent if None not in recent else known[-periods:]
        return "ALARM" if sum(map(bool, counted)) >= needed else "OK"
    if missing in ("breaching", "notBreaching"):
        filled = sum(known) + (periods - len(known) if missing == "breaching" else 0)
        return "ALARM" if filled >= needed else "OK"
    if not known:
        return "INSUFFICIENT_DATA" if missing == "missing" else current
    if not all(known):
        return "ALARM" if sum(known) >= needed else "OK"
    if missing == "ignore":
        return current
    age = len(breaches) - list(breaches).index(True)
    return "ALARM" if age >= needed or sum(known) >= needed else "OK"


def _points(cloudwatch: Any, alarm: Alarm) -> list[dict[str, Any]]:
    """Return the data points of exactly the metric that an alarm watches."""
    listed = alarm.get("Dimensions") or []
    dimensions = (
        {item["Name"]: item["Value"] for item in listed} if isinstance(listed, list) else dict(listed)
    )
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
    unit = alarm.get("Unit")
    return [point for point in cloudwatch._metrics.get(key) or [] if not unit or point.get("Unit") == unit]


def _watched(cloudwatch: Any, alarm: Alarm, now: float) -> list[float | None]:
    """Return the periods of the metric, or of the metric math, that an alarm watches."""
    if not alarm.get("Metrics"):
        return _values(cloudwatch, alarm, now)

    def read(given: Alarm) -> list[float | None]:
        """Return the periods of one metric."""
        return _values(
            cloudwatch, {**alarm, **given["Metric"], "Unit": given.get("Unit"), **_statistic(given)}, now
        )

    return series(alarm["Metrics"], read)


def _statistic(given: Alarm) -> Alarm:
    """Return a metric's period and statistic as an alarm names them."""
    statistic = str(given["Stat"])
    kind = "ExtendedStatistic" if statistic[:1].lower() == "p" else "Statistic"
    return {"Statistic": None, "ExtendedStatistic": None, kind: statistic, "Period": int(given["Period"])}


def _values(cloudwatch: Any, alarm: Alarm, now: float) -> list[float | None]:
    """Return the statistic of each period of the evaluation range, oldest first."""
    period = float(alarm.get("Period") or 60)
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    count, points = int(alarm.get("EvaluationPeriods") or 1) + _EXTRA_PERIODS, _points(cloudwatch, alarm)
    values = []
    for turn in range(count, 0, -1):
        inside = [p for p in points if now - turn * period < p["Timestamp"] <= now - (turn - 1) * period]
        stats = cloudwatch._calc_stats(inside)
        values.append(cloudwatch._stat_value(stats, statistic, inside) if stats else None)
    return values


def evaluate(alarm: Alarm, now: float | None = None) -> None:
    """Evaluate one metric alarm and act when its state changes."""
    from ministack.services import cloudwatch

    if not alarm.get("Metrics") and not (alarm.get("Namespace") and alarm.get("MetricName")):
        return
    compare = _COMPARISONS.get(str(alarm.get("ComparisonOperator")))
    if compare is None:
        return
    # A point may carry a time that lies a moment ahead of this clock.
    values = _watched(cloudwatch, alarm, (now or time.time()) + 0.001)
    threshold = float(alarm.get("Threshold") or 0)
    breaches = [None if value is None else compare(value, threshold) for value in values]
    periods = int(alarm.get("EvaluationPeriods") or 1)
    state = next_state(
        breaches,
        needed=int(alarm.get("DatapointsToAlarm") or periods),
        periods=periods,
        missing=alarm.get("TreatMissingData") or "missing",
        current=alarm["StateValue"],
    )
    if state != alarm["StateValue"]:
        _change(cloudwatch, alarm, state, values)


def _change(cloudwatch: Any, alarm: Alarm, state: str, values: list[float | None]) -> None:
    """Move an alarm to another state, tell its topics and the event bus."""
    known, threshold = [value for value in values if value is not None], float(alarm.get("Threshold") or 0)
    if state == "INSUFFICIENT_DATA":
        reason = "Insufficient Data: no datapoints were received."
    else:
        crossed = f"{alarm['ComparisonOperator']} {threshold:g}"
        reason = f"Threshold Crossed: datapoints {known} are {'' if state == 'ALARM' else 'not '}{crossed}."
    previous = alarm["StateValue"]
    before = {"value": previous, "reason": alarm.get("StateReason", ""), "timestamp": _moment()}
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], previous, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, previous, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
    _announce(alarm, before)


def _moment() -> str:
    """Return the time as alarm events write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _announce(alarm: Alarm, before: dict[str, Any]) -> None:
    """Emit the event of a state change."""
    arn = alarm.get("AlarmArn") or f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{alarm['AlarmName']}"
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": alarm["StateValue"], "reason": alarm["StateReason"], "timestamp": _moment()},
        "previousState": before,
        "configuration": {"description": alarm.get("AlarmDescription") or ""},
    }
    emit_event("CloudWatch Alarm State Change", "aws.cloudwatch", detail, [arn])


def _evaluate_for_ever() -> None:
    """Evaluate all alarms regularly, because data also changes an alarm by staying away."""
    from ministack.services import cloudwatch

    while True:
        time.sleep(EVALUATION_SECONDS)
        for alarm in list(cloudwatch._alarms.values()):
            with contextlib.suppress(KeyError):
                evaluate(alarm)


def _accept_metric_math(provisioners: Any) -> None:
    """Let templates have alarms on metric math."""
    original = provisioners._cw_metric_alarm_record

    def record(name: str, properties: Alarm) -> Alarm:
        """Return the alarm that a template describes."""
        metrics = properties.get("Metrics")
        if not metrics:
            return dict(original(name, properties))
        plain = {key: value for key, value in properties.items() if key != "Metrics"}
        found = original(name, {**plain, "MetricName": "math", "Namespace": "math"})
        return {**found, "MetricName": None, "Namespace": None, "Statistic": None, "Metrics": metrics}

    provisioners._cw_metric_alarm_record = record


def install() -> None:
    """Correct how alarms are evaluated."""
    from ministack.services import cloudwatch
    from ministack.services.cloudformation import provisioners

    _accept_metric_math(provisioners)
    cloudwatch._evaluate_alarm = evaluate
    threading.Thread(target=_evaluate_for_ever, daemon=True, name="penstock-alarms").start()
