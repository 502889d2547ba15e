"""Publish what a monitoring job found."""

from __future__ import annotations

from typing import Any

from lambdas.monitoring.dependencies import CloudWatch, monitoring
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish a window."""
    return monitoring().publish(event, CloudWatch())
