"""Handlers that show what a function sees and how it may fail."""

import importlib
import logging
import os
import sys
import time
from typing import Any

import boto3

logger = logging.getLogger(__name__)


class TooColdError(Exception):
    """A failure that a retrier names."""


def look(event: dict[str, Any], context: Any) -> Any:
    """Tell what the function's environment holds."""
    logger.warning("looked at %s", event.get("name", "nothing"))
    print("printed line")
    return {
        "path": sys.path,
        "environment": dict(os.environ),
        "request": context.aws_request_id,
        "remaining": context.get_remaining_time_in_millis(),
        "boto3": boto3.__version__,
    }


def load(event: dict[str, Any], context: Any) -> Any:
    """Import a module by name."""
    return {"file": importlib.import_module(event["module"]).__file__}


def fail(event: dict[str, Any], context: Any) -> Any:
    """Raise the error that the event asks for."""
    if event.get("exit"):
        sys.exit(3)
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("hoard"):
        return len(bytearray(event["hoard"] * 1024 * 1024))
    if event.get("error"):
        raise TooColdError(event["error"])
    return event


def count(event: dict[str, Any], context: Any) -> Any:
    """Fail until the item has been counted often enough."""
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    answer = table.update_item(
        Key={"id": event["id"]},
        UpdateExpression="ADD calls :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    calls = int(answer["Attributes"]["calls"])
    if calls < event["needed"]:
        raise TooColdError(f"call {calls}")
    return {"calls": calls}


def steal(event: dict[str, Any], context: Any) -> Any:
    """Do what the function's role does not allow."""
    boto3.client("dynamodb").delete_item(TableName=os.environ["TABLE"], Key={"id": {"S": "x"}})
