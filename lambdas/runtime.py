"""What handlers need of their surroundings: environment, clients, stores, time. Read once, on first use."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger

from penstock.errors import NotFound, TransientError, UnprovenIdentity
from penstock.governance.identity import Caller, verify
from penstock.platform.jobs import JobSettings
from penstock.stores.aws import DynamoItems, S3Objects

logger = Logger(service="penstock")


def setting(name: str) -> str:
    """Return an environment variable of the function.

    Raises
    ------
    NotFound
        The stack that deployed the function does not set it.
    """
    if name not in os.environ:
        raise NotFound(
            "The function lacks a setting.",
            expected=f"environment variable {name}",
            action="Deploy the stack that owns the function again.",
        )
    return os.environ[name]


@cache
def client(service: str) -> Any:
    """Return the function's client of an AWS service."""
    make: Any = boto3.client
    return make(service)


@cache
def table(name: str) -> DynamoItems:
    """Return the table whose name is in ``<NAME>_TABLE``."""
    return DynamoItems(boto3.resource("dynamodb").Table(setting(f"{name.upper()}_TABLE")))


@cache
def bucket(name: str) -> S3Objects:
    """Return the bucket whose name is in ``<NAME>_BUCKET``."""
    return S3Objects(client("s3"), setting(f"{name.upper()}_BUCKET"))


@cache
def hash_key() -> bytes:
    """Fetch the secret of the keyed hash of personal data."""
    answer = client("secretsmanager").get_secret_value(SecretId=setting("HASH_KEY_SECRET"))
    return str(answer["SecretString"]).encode()


def job_settings() -> JobSettings:
    """Return image, role and key of the jobs that the function starts."""
    return JobSettings(image=setting("JOB_IMAGE"), role=setting("JOB_ROLE"), key=setting("JOB_KEY"))


def now() -> str:
    """Return the time, ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def announce(capability: str, event: str, detail: dict[str, Any]) -> None:
    """Put an event on the platform's bus.

    Raises
    ------
    TransientError
        The bus did not take it.
    """
    entry = {"EventBusName": setting("BUS_NAME"), "Source": f"penstock.{capability}", "DetailType": event,
             "Detail": json.dumps(detail)}  # fmt: skip
    answer = client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        failed = answer["Entries"][0]
        raise TransientError(
            "The event could not be told.",
            found=f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}",
            where=event,
            action="Ask again; what was done stays as it is.",
        )


def caller(event: dict[str, Any]) -> Caller:
    """Return who sent a request, verified with STS.

    Raises
    ------
    UnprovenIdentity
        There is no proof, or it is not genuine.
    """
    proof, payload = event.get("proof"), event.get("payload")
    if not isinstance(proof, dict) or not isinstance(payload, dict):
        raise UnprovenIdentity(
            "The request carries no proof of identity.",
            expected="payload and proof",
            action="Use the penstock command line or penstock.platform.Platform.call.",
        )
    return verify(proof, payload, endpoint=client("sts").meta.endpoint_url)
