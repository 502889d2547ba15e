"""Somebody changed a model package in SageMaker."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import announce_package, registry
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take the change over, or undo it."""
    told = registry().follow(event["detail"])
    logger.info("package followed", extra=told)
    announce_package(told)
    return told
