"""A person asks for a view to be materialised, all of it or a range."""

from __future__ import annotations

import json
from typing import Any

from lambdas.features.dependencies import requests
from lambdas.runtime import caller, client, logger, setting


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Start the workflow that does it in the name of the caller."""
    asked = requests().parse(event["payload"], caller(event).name)
    workflow = setting("BACKFILL_WORKFLOW" if asked.workflow == "backfill" else "FEATURES_WORKFLOW")
    started = client("stepfunctions").start_execution(stateMachineArn=workflow, input=json.dumps(asked.input))
    return {"execution_arn": started["executionArn"], "workflow": asked.workflow, "requested_by": asked.by}
