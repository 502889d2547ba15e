"""A version has another stage: its model card in SageMaker follows."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import card_keeper
from lambdas.runtime import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Keep a card."""
    return card_keeper().keep(event["detail"])
