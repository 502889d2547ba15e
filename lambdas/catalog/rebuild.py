"""Something was registered or changed: build the index anew."""

from __future__ import annotations

from typing import Any

from lambdas.catalog.dependencies import catalog, index
from lambdas.runtime import logger, table
from penstock.features.catalogue import FeatureCatalogue
from penstock.models import ModelRepository


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Rebuild, whatever the event says: the tables say what is so."""
    told = index().rebuild(catalog(), ModelRepository(table("models")), FeatureCatalogue(table("features")))
    logger.info("index rebuilt", extra={**told, "because": event.get("detail-type", "")})
    return told
