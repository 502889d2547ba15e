"""Decide whether a registered version needs a person."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import approving
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Rate a version, sign its package and write its card."""
    return approving().open(event)
