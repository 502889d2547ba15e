"""What was written to the audit table is copied to the locked bucket; other changes raise the alarm."""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from lambdas.governance.dependencies import audit_copies, tell_people
from lambdas.runtime import logger, now
from penstock.governance.copying import Change, copy_changes


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Copy the records of a stream."""
    told = copy_changes([_change(one) for one in event["Records"]], audit_copies(), at=now())
    if told.alarms:
        tell_people("Penstock: the audit trail was changed", "\n".join(told.alarms))
    return {"copied": told.copied, "alarms": len(told.alarms)}


def _change(record: dict[str, Any]) -> Change:
    """Read a record of a DynamoDB stream."""
    read, change = TypeDeserializer().deserialize, record["dynamodb"]
    keys = {name: read(value) for name, value in change["Keys"].items()}
    item = {name: read(value) for name, value in change.get("NewImage", {}).items()}
    return Change(kind=record["eventName"], pk=keys["pk"], sk=keys["sk"], item=item)
