"""Record that features are materialised."""

from __future__ import annotations

from typing import Any

from lambdas.features.dependencies import refresh
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Finish a refresh."""
    return refresh().finish(event)
