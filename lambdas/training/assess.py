"""Read an evaluation and number the version."""

from __future__ import annotations

from typing import Any

from lambdas.runtime import logger
from lambdas.training.dependencies import training


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Assess a run."""
    return training().assess(event)
