"""All requests that bring a version to its endpoint."""

from __future__ import annotations

from typing import Any

from lambdas.runtime import logger
from lambdas.serving.dependencies import deployment


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan a deployment."""
    return deployment().plan(event["detail"], event["execution"])
