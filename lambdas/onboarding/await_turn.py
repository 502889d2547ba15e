"""Wait until it is an arrival's turn to be committed."""

from __future__ import annotations

from typing import Any

from lambdas.onboarding.dependencies import StepFunctions, onboarding
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Ask for the turn; the workflow waits for its task token to be answered."""
    step_functions = StepFunctions()
    return onboarding().await_turn(event["admitted"], event["task_token"], step_functions, step_functions)
