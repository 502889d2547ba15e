"""A person lets another decide for a while."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import approving, roles_of
from lambdas.runtime import caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Delegate in the name of the caller."""
    person = caller(event)
    return approving().delegate(event["payload"], person.name, roles=roles_of(person))
