"""A person registers a use case."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import PackageGroups, governance
from lambdas.runtime import caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Register in the name of the caller."""
    return governance().register_use_case(event["payload"], caller(event).name, PackageGroups())
