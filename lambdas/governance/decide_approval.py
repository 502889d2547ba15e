"""A person answers."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import StepFunctions, approving, roles_of
from lambdas.runtime import caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide in the name of the caller."""
    person = caller(event)
    return approving().decide(event["payload"], person.name, StepFunctions(), roles=roles_of(person))
