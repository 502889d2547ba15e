"""The job that explains what is asked for."""

from __future__ import annotations

from typing import Any

from lambdas.explanations.dependencies import explanations
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan a batch of explanations."""
    return explanations().plan(event["detail"], event["execution"])
