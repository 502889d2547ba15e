"""Keep a file that could not be onboarded, and say why."""

from __future__ import annotations

from typing import Any

from lambdas.onboarding.dependencies import onboarding
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Refuse an arrival, or record that the platform failed."""
    return onboarding().refuse(event["event"], event["failure"], event["execution"])
