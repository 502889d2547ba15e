"""Keep a file that could not be onboarded, and say why."""

from __future__ import annotations

import json
from typing import Any

from lambdas.onboarding.dependencies import StepFunctions, onboarding
from lambdas.runtime import logger, now
from penstock.onboarding.metrics import arrival_metrics


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Refuse an arrival, or record that the platform failed; then give the turn to the next."""
    told = onboarding().refuse(event["event"], event["failure"], event["execution"])
    onboarding().leave(told, StepFunctions())
    print(json.dumps(arrival_metrics(told, at=now())))
    return told
