"""Return rows with the features of their entities."""

from __future__ import annotations

from typing import Any

from lambdas.features.dependencies import answers
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request for features."""
    return answers().get(event)
