"""Close a question that nobody answered in time."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import governance
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Expire an approval."""
    return governance().expire(event["approval_id"])
