"""Record a deployment that broke off."""

from __future__ import annotations

from typing import Any

from lambdas.runtime import logger
from lambdas.serving.dependencies import deployment


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Record a failure."""
    return deployment().fail(event["detail"], event["failure"])
