"""A person tags something or defines a term."""

from __future__ import annotations

from typing import Any

from lambdas.catalog.dependencies import curation
from lambdas.runtime import announce, caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Curate in the name of the caller."""
    told = curation().curate(event["payload"], caller(event).name)
    announce("catalog", "Metadata Changed", {"use_case": event["payload"].get("use_case", ""), **told})
    return told
