"""Our online store, and bare calls: ``python -m benchmarks.online_peers.ours NAME ENTITIES``."""

from __future__ import annotations

import base64
import http.client
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pyarrow as pa
from boto3.dynamodb.types import TypeDeserializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from benchmarks.online_peers import data
from benchmarks.online_peers.worker import serve
from penstock.features import DynamoEntities, Layout, OnlineStore
from penstock.features.online.codec import encode
from penstock.features.online.limits import entity_key
from penstock.features.online.packing import pack

START = datetime(2025, 1, 1, tzinfo=UTC)
LAYOUTS = [
    Layout(view, 1, "customer", "customer", tuple(zip(data.names(view), data.KINDS, strict=True)))
    for view in data.VIEWS
]


def tables(count: int, seed: int) -> dict[Layout, pa.Table]:
    """Return the rows of all views as Arrow tables."""
    moment = pa.array([START + timedelta(days=seed)] * count, pa.timestamp("us", tz="UTC"))
    given = {"customer": pa.array(data.keys(count)), "event_timestamp": moment}
    return {layout: pa.table({**given, **data.columns(layout.view, count, seed)}) for layout in LAYOUTS}


def items(count: int, seed: int) -> list[tuple[str, bytes]]:
    """Return key and packed value of all entities."""
    packed = [pack(layout, table, write_time=START) for layout, table in tables(count, seed).items()]
    rows = zip(*(one.sections for one in packed), strict=True)
    return [(key, encode(sections)) for key, sections in zip(data.keys(count), rows, strict=True)]


class Penstock:
    """The online store as it is used."""

    def __init__(self, table: str, count: int) -> None:
        self._count = count
        self._store = OnlineStore(DynamoEntities(boto3.client("dynamodb"), table))

    def write(self, seed: int) -> Callable[[], Any]:
        """Store Arrow tables."""
        rows = tables(self._count, seed)
        return lambda: self._store.write("benchmark", rows, write_time=START + timedelta(days=seed))

    def read(self, keys: list[str]) -> Any:
        """Read columns of plain values."""
        return self._store.read("benchmark", LAYOUTS, keys).columns


class Boto3Packed:
    """Bare boto3 with the same bytes, which it does not unpack."""

    def __init__(self, table: str, count: int) -> None:
        self._table, self._count, self._client = table, count, _client()

    def write(self, seed: int) -> Callable[[], Any]:
        """Store items, as many as a call takes."""
        puts = [{"PutRequest": {"Item": {**_key(key), "packed": {"B": value}, "revision": {"N": "1"}}}}
                for key, value in items(self._count, seed)]  # fmt: skip

        def call() -> None:
            for at in range(0, len(puts), 25):
                self._client.batch_write_item(RequestItems={self._table: puts[at : at + 25]})

        return call

    def read(self, keys: list[str]) -> Any:
        """Read items in one call."""
        asked = {self._table: {"Keys": [_key(key) for key in keys]}}
        answer = self._client.batch_get_item(RequestItems=asked)["Responses"][self._table]
        return {item["pk"]["S"]: item["packed"]["B"] for item in answer}


class Boto3Attributes(Boto3Packed):
    """Bare boto3 with an attribute a feature."""

    def write(self, seed: int) -> Callable[[], Any]:
        """Store items, as many as a call takes."""
        columns = {name: column.to_pylist() for table in tables(self._count, seed).values()
                   for name, column in zip(table.column_names, table.columns, strict=True)
                   if name not in {"customer", "event_timestamp"}}  # fmt: skip
        puts = []
        for n, key in enumerate(data.keys(self._count)):
            values = {name: _typed(column[n]) for name, column in columns.items()}
            puts.append({"PutRequest": {"Item": {**_key(key), **values}}})

        def call() -> None:
            for at in range(0, len(puts), 25):
                self._client.batch_write_item(RequestItems={self._table: puts[at : at + 25]})

        return call

    def read(self, keys: list[str]) -> Any:
        """Read items in one call and make plain values of their attributes."""
        asked = {self._table: {"Keys": [_key(key) for key in keys]}}
        answer = self._client.batch_get_item(RequestItems=asked)["Responses"][self._table]
        plain = TypeDeserializer().deserialize
        return [{name: plain(value) for name, value in item.items()} for item in answer]


class PlainHttp(Boto3Packed):
    """The same bytes by one connection, signed once in advance: what the protocol itself takes."""

    def __init__(self, table: str, count: int) -> None:
        super().__init__(table, count)
        self._url = urlsplit(os.environ["AWS_ENDPOINT_URL"])
        self._connection = http.client.HTTPConnection(self._url.hostname or "", self._url.port)
        self._signed: dict[str, dict[str, str]] = {}

    def read(self, keys: list[str]) -> Any:
        """Read items in one call."""
        asked = {self._table: {"Keys": [_key(key) for key in keys]}}
        body = json.dumps({"RequestItems": asked})
        answer = json.loads(self._sent(body))["Responses"][self._table]
        return {item["pk"]["S"]: base64.b64decode(item["packed"]["B"]) for item in answer}

    def _sent(self, body: str) -> bytes:
        """Send a body, by a new connection if the server has closed the one that there was."""
        for _ in range(2):
            try:
                self._connection.request("POST", "/", body, self._headers(body))
                return self._connection.getresponse().read()
            except (http.client.RemoteDisconnected, ConnectionError):
                self._connection.close()
        raise SystemExit("the server does not answer")

    def _headers(self, body: str) -> dict[str, str]:
        """Sign a body the first time that it is sent."""
        if body not in self._signed:
            headers = {
                "X-Amz-Target": "DynamoDB_20120810.BatchGetItem",
                "Content-Type": "application/x-amz-json-1.0",
            }
            request = AWSRequest("POST", self._url.geturl(), headers=headers, data=body)
            credentials: Any = boto3.Session().get_credentials()
            SigV4Auth(credentials, "dynamodb", os.environ["AWS_DEFAULT_REGION"]).add_auth(request)
            self._signed = {body: dict(request.headers)}
        return self._signed[body]


def _client() -> Any:
    make: Any = boto3.client
    return make("dynamodb")


def _key(key: str) -> dict[str, Any]:
    return {"pk": {"S": entity_key("benchmark", "customer", key)}, "sk": {"S": "features"}}


def _typed(value: Any) -> dict[str, Any]:
    """Return a plain value as DynamoDB has it."""
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"S": value} if isinstance(value, str) else {"N": repr(value)}


CONTENDERS: dict[str, Any] = {
    "penstock": Penstock,
    "boto3_packed": Boto3Packed,
    "boto3_attributes": Boto3Attributes,
    "plain_http": PlainHttp,
}

if __name__ == "__main__":
    name, count = sys.argv[1], int(sys.argv[2])
    serve(CONTENDERS[name](f"bench_{name}", count))
