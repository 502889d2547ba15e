"""Many DynamoDB items in one call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from penstock.errors import Conflict, TransientError
from penstock.stores import Item
from penstock.stores.aws import _exact, _plain

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb.client import DynamoDBClient

_ATTEMPTS = 8
_RACES = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class DynamoBatches:
    """Reads and writes up to 100 items of a table at once.

    Parameters
    ----------
    client
        A DynamoDB client; it may be shared by threads.
    table
        The table's name. It has string keys ``pk`` and ``sk``.

    Notes
    -----
    Writes are one transaction (``TransactWriteItems``) with a condition an item: twice the write units of
    single puts for a hundredth of the round trips. Reads repeat what DynamoDB leaves unprocessed.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table
        self._serialise, self._deserialise = TypeSerializer().serialize, TypeDeserializer().deserialize

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Return the items that exist, by key.

        Raises
        ------
        TransientError
            DynamoDB kept leaving keys unprocessed.
        """
        left: Any = (
            {self._table: {"Keys": [_key(*key) for key in keys], "ConsistentRead": True}} if keys else {}
        )
        found: dict[tuple[str, str], Item] = {}
        for attempt in range(_ATTEMPTS):
            if not left:
                return found
            time.sleep(0.05 * (2**attempt - 1))
            answer = self._client.batch_get_item(RequestItems=left)
            for attributes in answer["Responses"].get(self._table, []):
                item: Item = _plain({name: self._deserialise(value) for name, value in attributes.items()})
                found[item["pk"], item["sk"]] = item
            left = answer.get("UnprocessedKeys")
        if left:
            raise TransientError(
                "DynamoDB kept leaving keys unprocessed.", where=self._table, action="Retry."
            )
        return found

    def put_many(self, items: Sequence[tuple[Item, int]]) -> None:
        """Store items, all or none.

        Raises
        ------
        Conflict
            An item has another revision than expected, or is being written by somebody else.
        """
        try:
            self._client.transact_write_items(TransactItems=[{"Put": self._put(*entry)} for entry in items])
        except self._client.exceptions.TransactionCanceledException as error:
            raise _translated(error, self._table) from error

    def _put(self, item: Item, revision: int) -> Any:
        """Return one conditional put of a transaction."""
        stored = _exact({**item, "revision": revision + 1})
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": {name: self._serialise(value) for name, value in stored.items()},
            "ConditionExpression": "revision = :expected" if revision else "attribute_not_exists(pk)",
        }
        return {**put, "ExpressionAttributeValues": {":expected": {"N": str(revision)}}} if revision else put


def _key(pk: str, sk: str) -> dict[str, Any]:
    """Return a key as the client wants it."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _translated(error: ClientError, table: str) -> Exception:
    """Make a Conflict of a transaction that lost a race; anything else stays as it is."""
    reasons: Any = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
    if codes and codes <= _RACES:
        return Conflict(
            "Somebody else wrote the same items first.", where=table, action="Read them again and retry."
        )
    return error
