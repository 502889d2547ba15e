"""Remove the oldest of what is due in a dataset."""

from __future__ import annotations

from typing import Any

from lambdas.retention.dependencies import retention
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Remove what is due."""
    return retention().remove(event)
