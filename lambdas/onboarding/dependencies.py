"""What the onboarding handlers share."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from lambdas.runtime import announce, bucket, client, hash_key, job_settings, now, setting, table
from penstock.catalog import Catalog
from penstock.catalog.tables import GlueTables
from penstock.governance.audit import AuditTrail
from penstock.onboarding.gathering import Gathering
from penstock.onboarding.steps import Onboarding
from penstock.onboarding.stewardship import Stewardship

_WAITS_NO_LONGER = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}
_UNDER_WAY = {"RUNNING", "PENDING_REDRIVE"}


@cache
def onboarding() -> Onboarding:
    """Return the steps, wired to this function's tables and buckets."""
    lake, secret = bucket("lake"), setting("HASH_KEY_SECRET")
    return Onboarding(
        catalog=Catalog(table("catalog")),
        audit=AuditTrail(table("audit")),
        landing=bucket("landing"),
        lake=lake,
        tables=GlueTables(client("glue"), setting("GLUE_DATABASE"), lake.uri),
        now=now,
        job=job_settings(),
        job_environment={"HASH_KEY_SECRET": secret},
        hash_key=hash_key,
        large_bytes=int(setting("LARGE_BYTES")),
    )


@cache
def gathering() -> Gathering:
    """Return the steps of the gathering workflow."""
    return Gathering(Catalog(table("catalog")))


@cache
def stewardship() -> Stewardship:
    """Return what people ask."""
    return Stewardship(Catalog(table("catalog")), AuditTrail(table("audit")), now, announce)


class StepFunctions:
    """The runs of the onboarding workflow, on AWS."""

    def succeed(self, task_token: str, output: dict[str, Any]) -> None:
        """Send the result of a task that waits; one that waits no longer is left alone."""
        try:
            client("stepfunctions").send_task_success(taskToken=task_token, output=json.dumps(output))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _WAITS_NO_LONGER:
                raise

    def running(self, run: str) -> bool:
        """Say whether a run is still under way; one that is known no more is not."""
        try:
            found = client("stepfunctions").describe_execution(executionArn=run)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"ExecutionDoesNotExist", "InvalidArn"}:
                raise
            return False
        return found["status"] in _UNDER_WAY
