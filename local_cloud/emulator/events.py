"""EventBridge corrections: targets are called under their role, retried, and given to a dead-letter queue."""

import contextvars
import json
import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.constants import ACCOUNT, REGION
from local_cloud.emulator.delivery import Delivery, deliver

logger = logging.getLogger("penstock.events")
_VERSION: contextvars.ContextVar[str | None] = contextvars.ContextVar("penstock_version", default=None)
_DELIVERY: contextvars.ContextVar[Delivery | None] = contextvars.ContextVar("penstock_delivery", default=None)
_LASTING = frozenset(
    {"AccessDenied", "AccessDeniedException", "ResourceNotFoundException", "NotFoundException"}
)
_DEFAULT_ATTEMPTS = 185
_DEFAULT_AGE = 86_400
_MOST_SECONDS = 30.0
Json = dict[str, Any]


def _attempt(delivery: Delivery) -> tuple[str, str]:
    """Deliver an event, retrying what may pass; return an empty code, or the error's code and message."""
    policy, started, attempt = delivery.target.get("RetryPolicy") or {}, time.monotonic(), 0
    most = int(policy.get("MaximumRetryAttempts", _DEFAULT_ATTEMPTS))
    age = float(policy.get("MaximumEventAgeInSeconds", _DEFAULT_AGE))
    while True:
        try:
            deliver(delivery)
            return "", ""
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            spent = attempt >= most or time.monotonic() - started > age
            if code in _LASTING or spent:
                return code, message
        attempt += 1
        time.sleep(min(_MOST_SECONDS, 2.0**attempt) * random.uniform(0.5, 1.0))  # noqa: S311


def _run(delivery: Delivery) -> None:
    """Deliver an event, or leave it with its reason in the target's dead-letter queue."""
    try:
        code, message = _attempt(delivery)
    except Exception as error:
        logger.exception("The target %s could not be reached", delivery.target["Arn"])
        code, message = type(error).__name__, str(error)
    if not code:
        return
    logger.warning(
        "The target %s of %s failed: %s %s", delivery.target["Arn"], delivery.source_arn, code, message
    )
    queue = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
    if queue:
        _bury(queue, delivery, code, message)


def _bury(queue_arn: str, delivery: Delivery, code: str, message: str) -> None:
    """Send an event that could not be delivered to a dead-letter queue, with AWS's attributes."""
    from local_cloud.emulator.identity import account_client

    sqs = account_client("sqs")
    texts = {
        "RULE_ARN": delivery.source_arn,
        "TARGET_ARN": delivery.target["Arn"],
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message or code,
    }
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text}
    url = sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[-1])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=delivery.payload, MessageAttributes=attributes)


def _hand_over(_target: Any, payload: str, *_more: Any) -> None:
    """Take the emulator's place in calling a target: in a thread, since the emulator may be on its loop."""
    delivery = _DELIVERY.get()
    if delivery is not None:
        ready = Delivery(delivery.target, delivery.source_arn, delivery.is_schedule, payload)
        threading.Thread(target=contextvars.Context().run, args=(_run, ready), daemon=True).start()


def _with_target(original: Callable[..., None]) -> Callable[..., None]:
    """Wrap the emulator's target invocation, which builds the payload and then calls the target."""

    def invoke(target: Json, event: Json, rule: Json, view: Any = None) -> None:
        """Invoke one target of a rule or schedule."""
        source = str(rule.get("Arn", ""))
        is_schedule = ":scheduler:" in source
        token = _DELIVERY.set(Delivery(target, source, is_schedule, ""))
        try:
            if target["Arn"].startswith("arn:aws:scheduler:::aws-sdk:"):
                _hand_over(target["Arn"], target.get("Input") or "{}")
            else:
                original(target, event, rule, view)
        finally:
            _DELIVERY.reset(token)

    return invoke


def _seconds(value: Any) -> Any:
    """Cut an event's time to whole seconds, as EventBridge shows it."""
    if isinstance(value, str) and "." in value:
        return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _complete_s3_events(eventbridge: Any, s3: Any) -> None:
    """Add the object's version to S3's events and archive them like all others."""
    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event

    def fire_with_version(*given: Any, **named: Any) -> None:
        """Remember the version while the event is built."""
        token = _VERSION.set(named.get("version_id"))
        try:
            fire(*given, **named)
        finally:
            _VERSION.reset(token)

    def dispatch_complete(event: Json, view: Any = None) -> None:
        """Complete an event that S3 emits, then match it against the rules."""
        if event.get("Source") == "aws.s3" and "_DispatchPath" not in event:
            detail = json.loads(event["Detail"])
            if _VERSION.get():
                detail["object"]["version-id"] = _VERSION.get()
            event = {**event, "Detail": json.dumps(detail), "Time": _seconds(event["Time"])}
            view = None
            eventbridge._archive_event(event)
        dispatch(event, view)

    s3._fire_s3_event, eventbridge._dispatch_event = fire_with_version, dispatch_complete


def install() -> None:
    """Correct how events reach their targets."""
    from ministack.services import eventbridge, s3

    eventbridge._invoke_target = _with_target(eventbridge._invoke_target)
    for target in ("lambda", "stepfunctions", "sns", "sqs"):
        setattr(eventbridge, f"_dispatch_to_{target}", _hand_over)
    _authorize_buses(eventbridge)
    _complete_s3_events(eventbridge, s3)


def _authorize_buses(eventbridge: Any) -> None:
    """Let a rule forward events to another bus only with a role that may."""
    forward = eventbridge._dispatch_to_event_bus

    def checked(spec: Any, *given: Any, **named: Any) -> None:
        """Forward an event if the target's role allows it."""
        from local_cloud.emulator.authorization import role_may

        delivery = _DELIVERY.get()
        role = delivery.target.get("RoleArn") if delivery else None
        arn = f"arn:aws:events:{REGION}:{ACCOUNT}:{spec.resource}"
        if delivery is not None and role and not role_may(role, "events", "events:PutEvents", "events", arn):
            logger.warning("The role %s may not put events onto %s", role, arn)
            return
        forward(spec, *given, **named)

    eventbridge._dispatch_to_event_bus = checked
