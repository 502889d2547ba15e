"""A role's session over boto3 clients."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.sagemaker.cloud import CloudError

_COPY_CHUNK = 1 << 20


class BotoSession:
    """Implements ``RoleSession`` with clients that a function makes by service name.

    Parameters
    ----------
    client
        Returns a boto3 client of a service that acts under the role.
    environment
        Returns the variables that give a process the same identity.
    """

    def __init__(self, client: Callable[[str], Any], environment: Callable[[], Mapping[str, str]]) -> None:
        self._client = client
        self._environment = environment

    def environment(self) -> dict[str, str]:
        """Return the variables that give a process this identity."""
        return dict(self._environment())

    def list_keys(self, bucket: str, prefix: str) -> list[str]:
        """Return the keys that start with a prefix, in order."""
        with _translated():
            pages = self._client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def read(self, bucket: str, key: str) -> bytes:
        """Return an object's content."""
        with _translated():
            body: bytes = self._client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
            return body

    def download(self, bucket: str, key: str, path: Path) -> None:
        """Write an object's content into a file whose folder exists."""
        with _translated():
            body = self._client("s3").get_object(Bucket=bucket, Key=key)["Body"]
            with path.open("wb") as target:
                shutil.copyfileobj(body, target, _COPY_CHUNK)

    def upload(self, path: Path, bucket: str, key: str, kms_key: str | None = None) -> None:
        """Store a file as an object."""
        with _translated(), path.open("rb") as body:
            self._client("s3").put_object(Bucket=bucket, Key=key, Body=body, **_encryption(kms_key))

    def write(self, body: bytes, bucket: str, key: str, kms_key: str | None = None) -> None:
        """Store bytes as an object."""
        with _translated():
            self._client("s3").put_object(Bucket=bucket, Key=key, Body=body, **_encryption(kms_key))

    def put_logs(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append (epoch milliseconds, line) pairs to a log stream, which is made when missing."""
        logs = self._client("logs")
        batch = [{"timestamp": moment, "message": line or " "} for moment, line in events]
        with _translated():
            try:
                logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)
            except logs.exceptions.ResourceNotFoundException:
                with suppress(logs.exceptions.ResourceAlreadyExistsException):
                    logs.create_log_group(logGroupName=group)
                with suppress(logs.exceptions.ResourceAlreadyExistsException):
                    logs.create_log_stream(logGroupName=group, logStreamName=stream)
                logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)

    def alarm_states(self, names: Sequence[str]) -> dict[str, str]:
        """Return the state of each existing alarm, metric alarms and composite ones alike."""
        with _translated():
            found = self._client("cloudwatch").describe_alarms(
                AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
        alarms = found.get("MetricAlarms", []) + found.get("CompositeAlarms", [])
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}


def _encryption(kms_key: str | None) -> dict[str, str]:
    """Return the arguments that encrypt an object with a customer's key."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}


@contextmanager
def _translated() -> Iterator[None]:
    """Turn boto3's errors into ours."""
    try:
        yield
    except ClientError as error:
        answer = error.response["Error"]
        raise CloudError(answer.get("Code", "Unknown"), answer.get("Message", str(error))) from error
    except BotoCoreError as error:
        raise CloudError("ServiceUnavailable", str(error)) from error
