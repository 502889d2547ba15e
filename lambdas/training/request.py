"""A person asks for a training."""

from __future__ import annotations

import json
from typing import Any

from lambdas.runtime import caller, client, logger, setting
from penstock.specs import TrainingRequest
from penstock.training.steps import run_id_of


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Start the training workflow in the name of the caller."""
    by = caller(event).name
    request = TrainingRequest.parse(event["payload"]).model_dump(mode="json") | {"requested_by": by}
    started = client("stepfunctions").start_execution(
        stateMachineArn=setting("WORKFLOW"), input=json.dumps(request)
    )
    logger.info("training requested", extra={"by": by, "use_case": request["use_case"]})
    run_id = run_id_of(request["use_case"], started["executionArn"])
    return {"execution_arn": started["executionArn"], "run_id": run_id, "requested_by": by}
