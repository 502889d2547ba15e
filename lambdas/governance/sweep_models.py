"""Once a day: follow every model package in SageMaker, and tell whose review is overdue."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import announce_package, overdue_reviews, registry, tell_people
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Sweep all packages, whose events may have been lost, and all versions that serve."""
    told, overdue = registry().sweep(), overdue_reviews()
    for one in told:
        announce_package(one)
    if overdue:
        tell_people("Penstock: reviews of models are overdue", overdue)
    return {"out_of_step": told, "overdue": overdue}
