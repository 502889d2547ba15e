"""Close a run and record its version."""

from __future__ import annotations

from typing import Any

from lambdas.runtime import logger
from lambdas.training.dependencies import training


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Register a version."""
    return training().register(event)
