"""Make curated rows part of the dataset."""

from __future__ import annotations

from typing import Any

from lambdas.onboarding.dependencies import onboarding
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Commit an arrival."""
    return onboarding().commit(event)
