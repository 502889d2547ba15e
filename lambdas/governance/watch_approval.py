"""Look at a question that waits: remind people, or close it when its time is over."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import approving
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Watch an approval."""
    return approving().watch(event["approval_id"])
