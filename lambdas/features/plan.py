"""Decide which views a new snapshot refreshes."""

from __future__ import annotations

from typing import Any

from lambdas.features.dependencies import refresh
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan a refresh."""
    return refresh().plan(event["detail"], event["execution"])
