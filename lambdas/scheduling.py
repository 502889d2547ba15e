"""The schedules of this environment, on AWS."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from lambdas.runtime import client, setting


class EventBridgeScheduler:
    """Schedules that start one workflow.

    The function's settings name the group of schedules, the workflow, and the role under which it is started.
    """

    def put(self, name: str, expression: str, detail: dict[str, Any]) -> None:
        """Create a schedule, or change the one of that name."""
        scheduler = client("scheduler")
        wanted = {
            "Name": name,
            "GroupName": setting("SCHEDULE_GROUP"),
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": setting("SCHEDULED_WORKFLOW"),
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
