"""First step: find the datasets of which something is due."""

from __future__ import annotations

from typing import Any

from lambdas.retention.dependencies import retention
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan a run of retention."""
    return retention().plan(event)
