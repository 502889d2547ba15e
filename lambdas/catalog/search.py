"""A person searches."""

from __future__ import annotations

from typing import Any

from lambdas.catalog.dependencies import index
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer from the index; everyone who may call this may read all of it."""
    return index().answer(event["payload"])
