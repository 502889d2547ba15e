"""An approver ends a hold."""

from __future__ import annotations

from typing import Any

from lambdas.retention.dependencies import retention
from lambdas.runtime import caller, logger, setting


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Release a legal hold in the name of the caller."""
    person = caller(event)
    approver = person.has_role(setting("APPROVER_ROLE"))
    return retention().release(event["payload"], person.name, is_approver=approver)
