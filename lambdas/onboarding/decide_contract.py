"""A steward decides on a contract."""

from __future__ import annotations

from typing import Any

from lambdas.onboarding.dependencies import stewardship
from lambdas.runtime import caller, logger, setting


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide in the name of the caller."""
    person = caller(event)
    approver = person.has_role(setting("APPROVER_ROLE"))
    return stewardship().decide(event["payload"], person.name, is_approver=approver)
