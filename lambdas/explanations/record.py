"""Make explanations visible, and record that they were made."""

from __future__ import annotations

from typing import Any

from lambdas.explanations.dependencies import explanations
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Record a batch of explanations."""
    return explanations().record(event)
