"""Cut a backfill into parts."""

from __future__ import annotations

from typing import Any

from lambdas.features.dependencies import backfills
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan a backfill."""
    return backfills().plan(event["request"], event["execution"])
