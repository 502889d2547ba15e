"""Keep the schedules of a use case's feature views in step with what is in force."""

from __future__ import annotations

from typing import Any

from lambdas.features.dependencies import schedules
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Keep the schedules of the use case of an event."""
    return schedules().keep(event["detail"]["use_case"])
