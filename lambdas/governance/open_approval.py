"""Decide whether a registered version needs a person."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import governance
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Rate a version."""
    return governance().open(event)
