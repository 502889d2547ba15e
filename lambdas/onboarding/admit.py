"""First step: let a landed object in if it is expected, approved and new."""

from __future__ import annotations

from typing import Any

from lambdas.onboarding.dependencies import onboarding
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Admit an arrival."""
    return onboarding().admit(event["event"], event["execution"], event.get("run", ""))
