"""Find the arrivals that are onboarded together."""

from __future__ import annotations

from typing import Any

from lambdas.onboarding.dependencies import gathering
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Gather the next of them."""
    return gathering().gather(event["request"], event["execution"])
