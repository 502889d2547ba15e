"""Decide whether a training is due, and of which jobs it is made."""

from __future__ import annotations

from typing import Any

from lambdas.runtime import logger
from lambdas.training.dependencies import training


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Plan a run."""
    return training().plan(event["request"], event["execution"])
