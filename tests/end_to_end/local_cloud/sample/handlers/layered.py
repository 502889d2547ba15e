"""A handler that needs its layer."""

from typing import Any

from aws_lambda_powertools import Logger
from pydantic import BaseModel

logger = Logger(service="sample")


class Order(BaseModel):
    """What the event holds."""

    amount: int


@logger.inject_lambda_context
def price(event: dict[str, Any], context: Any) -> Any:
    """Double an amount."""
    logger.info("pricing")
    return {"price": Order(**event).amount * 2}
