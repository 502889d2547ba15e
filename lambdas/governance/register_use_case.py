"""A person registers a use case."""

from __future__ import annotations

from typing import Any

from lambdas.governance.dependencies import PackageGroups, governance
from lambdas.runtime import announce, caller, logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Register in the name of the caller."""
    told = governance().register_use_case(event["payload"], caller(event).name, PackageGroups())
    announce("governance", "Use Case Registered", told)
    for contract in told["contracts"]:
        if contract["due"]:
            place = {"use_case": told["use_case"], "dataset": contract["dataset"]}
            announce("onboarding", "Arrivals Due", {**place, "wait_seconds": 0})
    for due in told["features_due"]:
        announce("features", "Features Due", due)
    return told
