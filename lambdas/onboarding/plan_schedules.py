"""Keep the schedules of a use case's datasets in step with what is registered."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from lambdas.runtime import client, logger, setting, table
from penstock.catalog import Catalog
from penstock.onboarding.schedules import Schedules


class EventBridgeScheduler:
    """The schedules of this environment, on AWS."""

    def put(self, name: str, expression: str, detail: dict[str, Any]) -> None:
        """Create a schedule, or change the one of that name."""
        scheduler = client("scheduler")
        wanted = {
            "Name": name,
            "GroupName": setting("SCHEDULE_GROUP"),
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": setting("GATHERING_WORKFLOW"),
                "RoleArn": setting("SCHEDULE_ROLE"),
                "Input": json.dumps({"detail": detail}),
            },
        }
        try:
            scheduler.create_schedule(**wanted)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":
                raise
            scheduler.update_schedule(**wanted)

    def delete(self, name: str) -> None:
        """Remove a schedule; nothing happens when there is none."""
        try:
            client("scheduler").delete_schedule(Name=name, GroupName=setting("SCHEDULE_GROUP"))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Keep the schedules of the use case that was registered."""
    items = table("catalog")
    return Schedules(Catalog(items), items, EventBridgeScheduler()).keep(event["detail"]["use_case"])
