"""A person has arrivals onboarded again."""

from __future__ import annotations

from typing import Any

from lambdas.onboarding.dependencies import stewardship
from lambdas.runtime import caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Ask in the name of the caller."""
    return stewardship().replay(event["payload"], caller(event).name)
