"""A person gives a version a name of its own."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import naming
from lambdas.runtime import caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Set or remove an alias in the name of the caller."""
    return naming().name(event["payload"], caller(event).name)
