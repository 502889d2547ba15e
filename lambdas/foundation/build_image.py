"""Builds the runtime image while the stack deploys: a custom resource around CodeBuild."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from lambdas.runtime import client, logger

_POLL_SECONDS = 5
_RESERVE_MILLISECONDS = 20_000


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer CloudFormation when the build has ended."""
    properties, status, reason = event["ResourceProperties"], "SUCCESS", ""
    try:
        if event["RequestType"] != "Delete":
            _build(properties["Project"], properties["Tag"], context)
    except Exception as error:
        logger.exception("the image was not built")
        status, reason = "FAILED", f"{type(error).__name__}: {error}"[:1_000]
    _answer(event, status, reason, properties.get("Tag", "none"))


def _build(project: str, tag: str, context: Any) -> None:
    """Start a build and wait for its end."""
    variable = {"name": "IMAGE_TAG", "value": tag, "type": "PLAINTEXT"}
    build = client("codebuild").start_build(projectName=project, environmentVariablesOverride=[variable])[
        "build"
    ]
    while build["buildStatus"] == "IN_PROGRESS":
        if context.get_remaining_time_in_millis() < _RESERVE_MILLISECONDS:
            raise TimeoutError(f"build {build['id']} takes longer than the function may run")
        time.sleep(_POLL_SECONDS)
        build = client("codebuild").batch_get_builds(ids=[build["id"]])["builds"][0]
    if build["buildStatus"] != "SUCCEEDED":
        raise RuntimeError(f"build {build['id']} ended as {build['buildStatus']}; see its log in CodeBuild")


def _answer(event: dict[str, Any], status: str, reason: str, identifier: str) -> None:
    """Send the outcome to the address that CloudFormation gave."""
    body = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": identifier,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(body).encode(), method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
