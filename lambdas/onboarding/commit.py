"""Make curated rows part of the dataset."""

from __future__ import annotations

import json
from typing import Any

from lambdas.onboarding.dependencies import StepFunctions, onboarding
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Commit an arrival, and give the turn to the next."""
    done = onboarding().commit(event)
    onboarding().leave(done, StepFunctions())
    for line in onboarding().metrics(done):
        print(json.dumps(line))
    return done
