"""Give a version the stage that the decision demands."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import approving
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Close an approval."""
    return approving().close(event["opened"], event["status"], event["decided_by"], event["reason"])
