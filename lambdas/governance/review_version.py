"""A person has reviewed a version that serves."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import reviewing, roles_of
from lambdas.runtime import caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Record the review in the name of the caller."""
    person = caller(event)
    return reviewing().review(event["payload"], person.name, roles=roles_of(person))
