"""The stores on AWS: DynamoDB tables and S3 buckets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from penstock.errors import Conflict, NotFound, TransientError
from penstock.stores.items import Item, conflict, plain
from penstock.stores.objects import ObjectVersion

_GONE = {"404", "NoSuchKey", "NoSuchVersion"}
_ERASED_TOGETHER = 1_000

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
        return None if found is None else plain(found)

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
            yield from (plain(item) for item in page["Items"])
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


class S3Objects:
    """An :class:`~penstock.stores.ObjectStore` in an S3 bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @property
    def uri(self) -> str:
        """``s3://`` and the bucket's name."""
        return f"s3://{self._bucket}"

    def read(self, key: str, *, version: str | None = None) -> bytes:
        """Return an object's bytes."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key, **_of(version))["Body"].read()
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

    def head(self, key: str, *, version: str | None = None) -> ObjectVersion:
        """Return version and size without the bytes."""
        try:
            found = self._client.head_object(Bucket=self._bucket, Key=key, **_of(version))
        except ClientError as error:
            raise _translated(error, f"{self.uri}/{key}") from error
        return ObjectVersion(
            key,
            found.get("VersionId", "null"),
            found["ContentLength"],
            latest=not version,
            modified=_moment(found["LastModified"]),
        )

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield all versions and delete markers, page by page."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for one in page.get("Versions", []):
                yield ObjectVersion(
                    one["Key"],
                    one["VersionId"],
                    one["Size"],
                    one["IsLatest"],
                    modified=_moment(one["LastModified"]),
                )
            for gone in page.get("DeleteMarkers", []):
                moment = _moment(gone["LastModified"])
                yield ObjectVersion(
                    gone["Key"], gone["VersionId"], 0, gone["IsLatest"], marker=True, modified=moment
                )

    def erase(self, versions: Iterable[ObjectVersion]) -> int:
        """Remove versions for good, a thousand a request."""
        count = 0
        for together in _batches(versions, _ERASED_TOGETHER):
            named: Any = [{"Key": one.key, "VersionId": one.version} for one in together]
            answer = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": named, "Quiet": True}
            )
            left = [one for one in answer.get("Errors", []) if one.get("Code") not in _GONE]
            if left:
                raise _not_erased(self.uri, left)
            count += len(named)
        return count


def _moment(at: datetime) -> str:
    """Return a time as we write it, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _of(version: str | None) -> Any:
    """Return the argument that names a version."""
    return {"VersionId": version} if version else {}


def _batches(versions: Iterable[ObjectVersion], size: int) -> Iterator[list[ObjectVersion]]:
    """Yield the versions in lists of a size."""
    ahead = iter(versions)
    while together := list(islice(ahead, size)):
        yield together


def _not_erased(where: str, left: list[Any]) -> TransientError:
    """Make the error of versions that S3 did not delete."""
    first = left[0]
    return TransientError(
        "Some versions could not be deleted.",
        found=f"{len(left)}, the first with {first.get('Code')}: {first.get('Message')}",
        where=f"{where}/{first.get('Key')}",
        action="Repeat it; if it stays, look at bucket policy, object lock and the role's permissions.",
    )


def _translated(error: ClientError, where: str) -> Exception:
    """Make NotFound of S3's several ways to say so; anything else stays as it is."""
    if error.response["Error"]["Code"] in _GONE:
        return NotFound("There is no such object.", where=where)
    return error
