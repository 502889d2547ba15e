"""Somebody changed a model package in SageMaker."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import registry
from lambdas.runtime import announce, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take the change over, or undo it."""
    told = registry().follow(event["detail"])
    logger.info("package followed", extra=told)
    if told["outcome"] == "undone":
        announce("governance", "Package Status Undone", told)
    return told
