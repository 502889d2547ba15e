"""A person puts a dataset on hold."""

from __future__ import annotations

from typing import Any

from lambdas.retention.dependencies import retention
from lambdas.runtime import caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Place a legal hold in the name of the caller."""
    return retention().hold(event["payload"], caller(event).name)
