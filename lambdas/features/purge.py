"""Remove the files of features whose rows were removed."""

from __future__ import annotations

from typing import Any

from lambdas.features.dependencies import purging
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Remove what was written before views were made anew."""
    return purging().purge(event)
