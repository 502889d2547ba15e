"""A person decides on features: approves, rejects, deprecates, restores or retires them."""

from __future__ import annotations

from typing import Any

from lambdas.features.dependencies import stewardship
from lambdas.runtime import announce, caller, logger, setting


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide in the name of the caller."""
    person = caller(event)
    told = stewardship().ask(
        event["payload"], person.name, is_approver=person.has_role(setting("APPROVER_ROLE"))
    )
    named = [one["name"] for one in told["definitions"]]
    announce(
        "features",
        "Feature Changed",
        {"use_case": told["use_case"], "action": told["action"], "names": named, "by": person.name},
    )
    for due in told["due"]:
        announce("features", "Features Due", due)
    return told
