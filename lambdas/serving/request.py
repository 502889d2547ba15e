"""A person asks for a deployment of a version that was approved before."""

from __future__ import annotations

import json
from typing import Any

from lambdas.runtime import caller, client, logger, setting
from penstock.specs import DeploymentRequest


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Start the deployment workflow in the name of the caller."""
    by = caller(event).name
    request = DeploymentRequest.parse(event["payload"]).model_dump(mode="json") | {"requested_by": by}
    started = client("stepfunctions").start_execution(
        stateMachineArn=setting("WORKFLOW"), input=json.dumps(request)
    )
    logger.info("deployment requested", extra={"by": by, "use_case": request["use_case"]})
    return {"execution_arn": started["executionArn"], "requested_by": by}
