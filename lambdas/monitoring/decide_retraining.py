"""Decide whether drift starts a training."""

from __future__ import annotations

from typing import Any

from lambdas.monitoring.dependencies import monitoring
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide."""
    return monitoring().decide(event)
