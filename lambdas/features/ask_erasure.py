"""An approver asks for an entity to be erased."""

from __future__ import annotations

import json
from typing import Any

from lambdas.features.dependencies import erasure
from lambdas.runtime import caller, client, logger, setting


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Note it in the name of the caller and start the workflow; its input does not hold the key."""
    person = caller(event)
    approver = person.has_role(setting("APPROVER_ROLE"))
    identifier = context.aws_request_id.replace("-", "")[:16]
    asked = erasure().ask(event["payload"], person.name, identifier=identifier, is_approver=approver)
    started = client("stepfunctions").start_execution(
        stateMachineArn=setting("WORKFLOW"), name=f"erasure-{identifier}", input=json.dumps(asked)
    )
    return {**asked, "execution_arn": started["executionArn"], "requested_by": person.name}
