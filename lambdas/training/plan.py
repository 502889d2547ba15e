"""Is a training due, and of which jobs is it made?"""

from __future__ import annotations

from typing import Any

from lambdas.training.dependencies import training
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan a run."""
    return training().plan(event["request"], event["execution"])
