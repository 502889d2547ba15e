"""Both kinds of each store: the fake in memory, and the boto3 adapter on moto."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

from penstock.stores import FolderObjects, ItemStore, MemoryItems, ObjectStore
from penstock.stores.aws import DynamoItems, S3Objects

REGION: Final = "eu-central-1"
_WRITING = threading.RLock()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    # DynamoDB checks a condition and writes in one step; moto does not, and threads come between.
    for write in ("put_item", "transact_write_items"):
        monkeypatch.setattr(DynamoHandler, write, _one_at_a_time(getattr(DynamoHandler, write)))
    with mock_aws():
        yield


def _one_at_a_time(method: Callable[[DynamoHandler], Any]) -> Callable[[DynamoHandler], Any]:
    """Let no two threads be in a method at once."""

    def locked(self: DynamoHandler) -> Any:
        with _WRITING:
            return method(self)

    return locked


@pytest.fixture
def table(aws: None) -> str:
    """A table in DynamoDB, by name."""
    name = "items"
    boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture(params=["memory", "dynamodb"])
def items(request: pytest.FixtureRequest) -> ItemStore:
    if request.param == "memory":
        return MemoryItems()
    table = request.getfixturevalue("table")
    return DynamoItems(boto3.resource("dynamodb").Table(table))


@pytest.fixture(params=["folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return FolderObjects(tmp_path / "store")
    request.getfixturevalue("aws")
    client = boto3.client("s3")
    for bucket in ("one", "two"):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return S3Objects(client, "one")
