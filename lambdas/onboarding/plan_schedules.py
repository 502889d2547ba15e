"""Keep the schedules of a use case's datasets in step with what is registered."""

from __future__ import annotations

from typing import Any

from lambdas.runtime import logger, table
from lambdas.scheduling import EventBridgeScheduler
from penstock.catalog import Catalog
from penstock.onboarding.schedules import Schedules


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Keep the schedules of the use case that was registered."""
    items = table("catalog")
    return Schedules(Catalog(items), items, EventBridgeScheduler()).keep(event["detail"]["use_case"])
