"""Remove an entity from the next files of the offline store, and at last from all else."""

from __future__ import annotations

from typing import Any

from lambdas.features.dependencies import erasure
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Go on with an erasure."""
    return erasure().erase(event)
