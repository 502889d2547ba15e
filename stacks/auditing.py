"""The audit trail in the governance stack: locked copies as records are written, and a proof each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as sources

from stacks import access
from stacks.functions import Handler, Size
from stacks.wiring import PERSONAS

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.wiring import Wiring

_READ_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
                "dynamodb:ListStreams")  # fmt: skip
_PLACES = ("chain/", "alarms/")


def add_auditing(scope: Construct, *, wiring: Wiring) -> dict[str, Handler]:
    """Add the copier, the daily sweep, and what lets people read the copies.

    Returns
    -------
    dict
        ``copy`` and ``sweep``.
    """
    copies = wiring.bucket("audit")
    for persona in PERSONAS:
        access.read_objects(wiring.persona(persona), copies, *_PLACES)
        access.list_versions(wiring.persona(persona), copies, *_PLACES)
    return {"copy": _copier(scope, wiring), "sweep": _sweeper(scope, wiring)}


def _copier(scope: Construct, wiring: Wiring) -> Handler:
    """Make the only function that may write copies as records come; what it cannot copy is swept later."""
    handler = _handler(scope, "CopyAudit", "copy_audit", wiring=wiring, environment={})
    stream = wiring.value("streams/audit")
    access.allow(handler.role, list(_READ_STREAM), [stream])
    access.allow(handler.role, ["sqs:SendMessage"], [wiring.dead_letters.queue_arn])
    lambda_.EventSourceMapping(
        scope, "AuditChanges", target=handler.function, event_source_arn=stream, batch_size=100,
        starting_position=lambda_.StartingPosition.TRIM_HORIZON, bisect_batch_on_error=True,
        retry_attempts=20, on_failure=sources.SqsDlq(wiring.dead_letters),
    ).node.add_dependency(handler.role)  # fmt: skip
    return handler


def _sweeper(scope: Construct, wiring: Wiring) -> Handler:
    """Make the function that copies what was missed and proves every chain, once a day."""
    tables = {name: wiring.table(name) for name in ("audit", "catalog")}
    environment = {f"{name.upper()}_TABLE": table.table_name for name, table in tables.items()}
    handler = _handler(
        scope, "SweepAudit", "sweep_audit", wiring=wiring, environment=environment, size=Size(timeout=900)
    )
    access.read_items(handler.role, *tables.values())
    access.list_versions(handler.role, wiring.bucket("audit"), *_PLACES)
    handler.function.configure_async_invoke(
        retry_attempts=2,
        max_event_age=Duration.hours(6),
        on_failure=destinations.SqsDestination(wiring.dead_letters),
    )
    events.Rule(
        scope,
        "DailyProof",
        schedule=events.Schedule.rate(Duration.days(1)),
        targets=[
            targets.LambdaFunction(
                handler.function,
                dead_letter_queue=wiring.dead_letters,
                retry_attempts=8,
                max_event_age=Duration.hours(12),
            )
        ],
    )
    return handler


def _handler(
    scope: Construct,
    id: str,
    entry: str,
    *,
    wiring: Wiring,
    environment: dict[str, str],
    size: Size | None = None,
) -> Handler:
    """Make a function that writes copies and can tell people."""
    copies = wiring.bucket("audit")
    place = {"AUDIT_BUCKET": copies.bucket_name, "TOPIC_ARN": wiring.topic.topic_arn, **environment}
    handler = Handler(scope, id, wiring=wiring, entry=f"governance.{entry}", environment=place, size=size)
    access.read_objects(handler.role, copies, *_PLACES)
    access.write_objects(handler.role, copies, *_PLACES)
    access.allow(handler.role, ["sns:Publish"], [wiring.topic.topic_arn])
    return handler
