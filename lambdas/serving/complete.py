"""Record how the rollout ended."""

from __future__ import annotations

from typing import Any

from lambdas.runtime import logger
from lambdas.serving.dependencies import deployment


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Complete a deployment."""
    return deployment().complete(event["planned"], event["described"])
