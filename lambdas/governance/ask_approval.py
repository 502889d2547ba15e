"""Put the question to the approvers."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import StepFunctions, approving
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Ask for an approval."""
    return approving().ask(event["opened"], event["task_token"], event["approval_id"], StepFunctions())
