"""A person asks for explanations of many predictions."""

from __future__ import annotations

import json
from typing import Any

from lambdas.explanations.dependencies import explanations
from lambdas.runtime import caller, client, logger, setting
from penstock.specs import ExplanationRequest


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Start the explanation workflow in the name of the caller."""
    by = caller(event).name
    request = ExplanationRequest.parse(event["payload"])
    explanations().check(request)
    detail = request.model_dump(mode="json") | {"requested_by": by}
    started = client("stepfunctions").start_execution(
        stateMachineArn=setting("WORKFLOW"), input=json.dumps({"detail": detail})
    )
    logger.info("explanations requested", extra={"by": by, "use_case": request.use_case})
    return {"execution_arn": started["executionArn"], "requested_by": by}
