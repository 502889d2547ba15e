"""The stores on AWS: DynamoDB tables and S3 buckets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from penstock.errors import Conflict, NotFound
from penstock.stores.items import Item, conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3.client import S3Client


class DynamoItems:
    """An :class:`~penstock.stores.ItemStore` in a DynamoDB table.

    Parameters
    ----------
    table
        With string keys ``pk`` and ``sk``. Numbers are kept exactly (as decimals).
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item by a strongly consistent read, or None."""
        found = self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")
        return None if found is None else _plain(found)

    def put(self, item: Item, *, expect: int | None = None) -> Item:
        """Store an item under optimistic locking.

        ``expect=None`` replaces what is there by a read and a conditional write, again when it loses a race.
        """
        if expect is None:
            return self._replace(item)
        stored = {**item, "revision": expect + 1}
        condition = Attr("pk").not_exists() if expect == 0 else Attr("revision").eq(expect)
        try:
            self._table.put_item(Item=_exact(stored), ConditionExpression=condition)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise conflict(item["pk"], item["sk"], expect=expect) from error
            raise
        return stored

    def _replace(self, item: Item) -> Item:
        """Put over whatever is there, reading again whenever another writer comes between."""
        while True:
            current = self.get(item["pk"], item["sk"])
            with suppress(Conflict):
                return self.put(item, expect=current["revision"] if current else 0)

    def query(
        self, pk: str, *, prefix: str = "", newest_first: bool = False, limit: int | None = None
    ) -> Iterator[Item]:
        """Yield the items of a partition page by page, read consistently."""
        condition = Key("pk").eq(pk) & Key("sk").begins_with(prefix) if prefix else Key("pk").eq(pk)
        arguments: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
        }
        left = limit
        while left is None or left > 0:
            if left is not None:
                arguments["Limit"] = left
            page = self._table.query(**arguments)
            yield from (_plain(item) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            left = None if left is None else left - len(page["Items"])

    def delete(self, pk: str, sk: str) -> None:
        """Remove an item."""
        self._table.delete_item(Key={"pk": pk, "sk": sk})


def _exact(value: Any) -> Any:
    """Turn floats into decimals, which is what DynamoDB stores; NaN and infinity become text."""
    if isinstance(value, bool) or not isinstance(value, float | dict | list | tuple):
        return value
    if isinstance(value, float):
        exact = Decimal(repr(value))
        return exact if exact.is_finite() else str(value)
    if isinstance(value, dict):
        return {key: _exact(entry) for key, entry in value.items()}
    return [_exact(entry) for entry in value]


def _plain(value: Any) -> Any:
    """Turn decimals back into whole numbers and floats."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value


class S3Objects:
    """An :class:`~penstock.stores.ObjectStore` in an S3 bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @property
    def uri(self) -> str:
        """``s3://`` and the bucket's name."""
        return f"s3://{self._bucket}"

    def read(self, key: str) -> bytes:
        """Return an object's bytes."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise _translated(error, f"{self.uri}/{key}") from error

    def write(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """Store bytes under a key."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)

    def download(self, key: str, path: Path, *, version: str | None = None) -> None:
        """Write an object to a file in constant memory."""
        path.parent.mkdir(parents=True, exist_ok=True)
        extra = {"VersionId": version} if version else None
        try:
            self._client.download_file(self._bucket, key, str(path), ExtraArgs=extra)
        except ClientError as error:
            raise _translated(error, f"{self.uri}/{key}") from error

    def upload(self, path: Path, key: str) -> None:
        """Store a file in constant memory."""
        self._client.upload_file(str(path), self._bucket, key)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix, page by page."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            yield from (entry["Key"] for entry in page.get("Contents", []))

    def copy(
        self, key: str, target: str, *, bucket_uri: str | None = None, version: str | None = None
    ) -> None:
        """Copy an object without moving its bytes through this process."""
        source: Any = {"Bucket": (bucket_uri or self.uri).removeprefix("s3://"), "Key": key}
        if version:
            source["VersionId"] = version
        self._client.copy(source, self._bucket, target)


def _translated(error: ClientError, where: str) -> Exception:
    """Make NotFound of S3's several ways to say so; anything else stays as it is."""
    if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NoSuchVersion"}:
        return NotFound("There is no such object.", where=where)
    return error
