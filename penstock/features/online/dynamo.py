"""Packed entities in DynamoDB: a hundred a call, read and written."""

from __future__ import annotations

import random
import time
import uuid
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from json.encoder import encode_basestring_ascii as quote
from typing import TYPE_CHECKING, Any

from penstock.errors import TransientError
from penstock.features.online.entities import Change, Stored
from penstock.features.online.lean import LeanCalls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.client import DynamoDBClient

SORT_KEY = "features"
_TOGETHER = 100
"""Items of one BatchGetItem or TransactWriteItems."""
_BYTES_TOGETHER = 3_500_000
"""Of one transaction, which may have 4 MB in all."""
_ATTEMPTS = 8
_RACES = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_PASSING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "TransactionInProgressException",
        "LimitExceededException",
        "ServiceUnavailable",
    }
)


class DynamoEntities:
    """Entities in a DynamoDB table, one item each.

    Parameters
    ----------
    client
        A DynamoDB client; it may be shared by threads.
    table
        The table's name. It has string keys ``pk`` and ``sk``, and may have ``ttl`` as its time to live.
    at_once
        Calls at the same time, when there are more entities than one call takes.
    pause
        Seconds before the first repeat of what DynamoDB left; each further one may wait twice as long.

    Notes
    -----
    Writes are transactions with a condition an item: twice the write units of single puts, for a hundredth of
    the calls (docs/adr/0018-packed-entities.md).
    """

    def __init__(self, client: DynamoDBClient, table: str, *, at_once: int = 4, pause: float = 0.05) -> None:
        self._client, self._table, self._at_once, self._pause = client, table, at_once, pause
        self._lean = LeanCalls(client, ("BatchGetItem", "TransactWriteItems"))

    def get_many(self, keys: Sequence[str], *, consistent: bool) -> dict[str, Stored]:
        """Return the items that exist, by key.

        Raises
        ------
        TransientError
            DynamoDB is throttled, or kept leaving keys unprocessed.
        """
        chunks = [keys[at : at + _TOGETHER] for at in range(0, len(keys), _TOGETHER)]
        found: dict[str, Stored] = {}
        for part in self._side_by_side(lambda chunk: self._get(chunk, consistent=consistent), chunks):
            found |= part
        return found

    def put_many(self, changes: Sequence[Change]) -> set[str]:
        """Store each item whose revision is still the one that was read; return the keys of all others.

        Raises
        ------
        TransientError
            DynamoDB is throttled.
        """
        lost: set[str] = set()
        for part in self._side_by_side(self._put, list(_chunks(changes))):
            lost |= part
        return lost

    def delete(self, key: str) -> bool:
        """Remove an item; tell whether there was one."""
        answer = self._client.delete_item(
            TableName=self._table, Key={"pk": {"S": key}, "sk": {"S": SORT_KEY}}, ReturnValues="ALL_OLD"
        )
        return bool(answer.get("Attributes"))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._at_once, thread_name_prefix="online")

    def _side_by_side(self, work: Callable[[Any], Any], chunks: list[Any]) -> Iterator[Any]:
        """Do several calls at the same time; a single one needs no thread."""
        return map(work, chunks) if len(chunks) < 2 else self._pool.map(work, chunks)  # noqa: PLR2004

    def _get(self, keys: Sequence[str], *, consistent: bool) -> dict[str, Stored]:
        """Read up to a hundred items, again for those that DynamoDB leaves."""
        left, found = list(keys), dict[str, Stored]()
        for attempt in range(_ATTEMPTS):
            self._wait(attempt)
            body = _get_body(self._table, left, consistent=consistent)
            sample = {self._table: {"Keys": [_key(left[0])]}}
            answer = self._call(self._client.batch_get_item, body, RequestItems=sample)
            if "Responses" not in answer:
                raise TransientError("DynamoDB's answer is broken.", where=self._table, action="Retry.")
            for item in answer["Responses"].get(self._table, ()):
                found[item["pk"]["S"]] = Stored(_packed(item), int(item["revision"]["N"]))
            unprocessed = answer.get("UnprocessedKeys") or {}
            left = [key["pk"]["S"] for key in unprocessed.get(self._table, {}).get("Keys", ())]
            if not left:
                return found
        raise TransientError(
            "DynamoDB kept leaving keys unprocessed.",
            found=f"{len(left)} of {len(keys)} keys after {_ATTEMPTS} calls",
            where=self._table,
            action="Retry; if it stays, the table is read more than its limits allow.",
        )

    def _put(self, changes: Sequence[Change]) -> set[str]:
        """Write up to a hundred items; without those that lost a race, and again after what passes."""
        left, lost = list(changes), set[str]()
        for attempt in range(_ATTEMPTS):
            self._wait(attempt)
            if not (reasons := self._transact(left)):
                return lost
            raced = {change.key for change, reason in zip(left, reasons, strict=True) if reason in _RACES}
            lost |= raced
            left = [change for change in left if change.key not in raced]
            if not left:
                return lost
        raise TransientError("DynamoDB kept cancelling writes.", where=self._table, action="Retry.")

    def _transact(self, changes: Sequence[Change]) -> list[str]:
        """Write items, all or none; return why not, an item each, or nothing if they are written."""
        try:
            self._call(
                self._client.transact_write_items,
                _put_body(self._table, changes),
                TransactItems=[
                    {
                        "ConditionCheck": {
                            "TableName": self._table,
                            "Key": _key("a"),
                            "ConditionExpression": "attribute_exists(pk)",
                        }
                    }
                ],
            )
        except self._client.exceptions.TransactionCanceledException as error:
            reasons: Any = error.response.get("CancellationReasons") or ()
            codes = [str(reason.get("Code") or "None") for reason in reasons]
            if len(codes) != len(changes) or not set(codes) - {"None"} <= _RACES | {
                "ThrottlingError",
                "ProvisionedThroughputExceeded",
            }:
                raise
            return codes
        return []

    def _call(self, method: Callable[..., Any], body: str, **sample: Any) -> Mapping[str, Any]:
        """Call DynamoDB; what may pass becomes a TransientError when botocore's own repeats did not help."""
        from botocore.exceptions import ClientError, HTTPClientError

        try:
            return self._lean.call(method, body, **sample)
        except ClientError as error:
            if (code := error.response["Error"]["Code"]) in _PASSING:
                raise TransientError(
                    "DynamoDB does not keep up.", found=code, where=self._table, action="Retry later."
                ) from error
            raise
        except HTTPClientError as error:
            raise TransientError(
                "DynamoDB cannot be reached.", found=str(error), where=self._table, action="Retry later."
            ) from error

    def _wait(self, attempt: int) -> None:
        """Wait before a repeat, by chance up to twice as long as before the last one."""
        if attempt:
            time.sleep(self._pause * 2 ** (attempt - 1) * (0.5 + random.random() / 2))  # noqa: S311


def _key(key: str) -> Any:
    """Return a key as the client wants it."""
    return {"pk": {"S": key}, "sk": {"S": SORT_KEY}}


def _packed(item: Mapping[str, Any]) -> bytes:
    """Return an item's packed value, in base64 or read by botocore; none of an item that has other ones."""
    if "packed" not in item:
        return b""
    value = item["packed"]["B"]
    return a2b_base64(value) if isinstance(value, str) else bytes(value)


def _chunks(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Cut changes into what one transaction takes."""
    chunk: list[Change] = []
    size = 0
    for change in changes:
        size += len(change.packed) + len(change.key)
        if chunk and (len(chunk) == _TOGETHER or size > _BYTES_TOGETHER):
            yield chunk
            chunk, size = [], len(change.packed) + len(change.key)
        chunk.append(change)
    if chunk:
        yield chunk


def _get_body(table: str, keys: Sequence[str], *, consistent: bool) -> str:
    """Return the JSON of a BatchGetItem request."""
    listed = ",".join([f'{{"pk":{{"S":{quote(key)}}},"sk":{{"S":"{SORT_KEY}"}}}}' for key in keys])
    read = "true" if consistent else "false"
    return f'{{"RequestItems":{{{quote(table)}:{{"Keys":[{listed}],"ConsistentRead":{read}}}}}}}'


def _put_body(table: str, changes: Sequence[Change]) -> str:
    """Return the JSON of a TransactWriteItems request, carried out once however often it is sent."""
    puts = ",".join([_put_json(quote(table), change) for change in changes])
    return f'{{"TransactItems":[{puts}],"ClientRequestToken":"{uuid.uuid4()}"}}'


def _put_json(table: str, change: Change) -> str:
    """Return the JSON of one conditional put."""
    key, packed, revision, expires = change
    ttl = "" if expires is None else f',"ttl":{{"N":"{expires}"}}'
    value = b2a_base64(packed, newline=False).decode()
    item = (
        f'{{"pk":{{"S":{quote(key)}}},"sk":{{"S":"{SORT_KEY}"}},"packed":{{"B":"{value}"}},'
        f'"revision":{{"N":"{revision + 1}"}}{ttl}}}'
    )
    if not revision:
        new = '"ConditionExpression":"attribute_not_exists(pk)"'
        return f'{{"Put":{{"TableName":{table},"Item":{item},{new}}}}}'
    return (
        f'{{"Put":{{"TableName":{table},"Item":{item},"ConditionExpression":"revision = :read",'
        f'"ExpressionAttributeValues":{{":read":{{"N":"{revision}"}}}}}}}}'
    )
