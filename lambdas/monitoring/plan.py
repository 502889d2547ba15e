"""Find the endpoints that have traffic to check."""

from __future__ import annotations

from typing import Any

from lambdas.monitoring.dependencies import monitoring
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan the checks."""
    return monitoring().plan(event["request"], event["execution"])
