"""Requests and answers of the serving container."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import numpy as np
import pytest

from penstock.errors import TransientError
from penstock.features import FeatureServer, Layout, MemoryEntities, ModelFeatures, OnlineStore
from penstock.features.online.codec import HEAD, Section, encode
from penstock.features.online.entities import Change
from penstock.serving import Predictor, application

ROW = {"amount": 2.5, "land": "DE", "ok": True}
MODEL = {"use_case": "u", "version": "3", "candidate": "linear"}


class Answer:
    def __init__(self, status, body):
        self.status, self.text = status, body.decode()

    @property
    def json(self):
        return json.loads(self.text)


@pytest.fixture
def call(model_folder):
    app = application(Predictor.load(model_folder), model=MODEL, max_batch_rows=5)

    def send(body=b"", content_type="application/json", path="/invocations", method="POST"):
        return asyncio.run(_call(app, method, path, body, content_type))

    return send


async def _call(app, method, path, body, content_type):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"content-type", content_type.encode())],
    }
    await app(scope, receive, send)
    return Answer(sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]))


def instances(*rows):
    return json.dumps({"instances": rows}).encode()


def test_ping_is_healthy(call):
    assert call(path="/ping", method="GET").status == 200


def test_json_rows_get_a_score_a_label_and_the_models_name(call):
    answer = call(instances(ROW, {**ROW, "land": None}))
    assert answer.status == 200
    assert answer.json["model"] == MODEL
    assert [set(p) for p in answer.json["predictions"]] == [{"score", "label"}] * 2
    assert all(p["label"] == int(p["score"] >= 0.5) for p in answer.json["predictions"])


@pytest.mark.parametrize("header", [b"", b"amount,land,ok\n"])
def test_csv_rows_get_a_score_a_line(call, header):
    answer = call(header + b"2.5,DE,true\n,,\n", "text/csv; charset=utf-8")
    assert answer.status == 200
    assert float(answer.text.split("\n")[0]) == call(instances(ROW)).json["predictions"][0]["score"]
    assert len(answer.text.split()) == 2


@pytest.mark.parametrize(
    ("body", "content_type", "status", "named"),
    [
        (b"{", "application/json", 400, "not JSON"),
        (b"[]", "application/json", 400, "instances"),
        (b'{"instances": []}', "application/json", 400, "no rows"),
        (b'{"instances": [1]}', "application/json", 400, "instances"),
        (b'{"instances": [{"amount": NaN}]}', "application/json", 400, "NaN"),
        (b"\xff\xfe", "application/json", 400, "UTF-8"),
        (instances({"land": "DE", "ok": True}), "application/json", 400, "missing: amount"),
        (instances({**ROW, "x": 1}), "application/json", 400, "unknown: x"),
        (instances({**ROW, "amount": "much"}), "application/json", 400, "amount"),
        (instances(*[ROW] * 6), "application/json", 400, "at most 5"),
        (b"1,DE\n", "text/csv", 400, "2 cells"),
        (b"much,DE,true\n", "text/csv", 400, "amount"),
        (b"1,DE,maybe\n", "text/csv", 400, "ok"),
        (b"", "image/png", 415, "image/png"),
    ],
)
def test_wrong_requests_are_refused_with_the_reason(call, body, content_type, status, named):
    answer = call(body, content_type)
    assert answer.status == status
    assert named in answer.json["message"]


def test_an_unexpected_failure_is_an_error_500(call, monkeypatch):
    monkeypatch.setattr(Predictor, "predict", lambda *_: 1 / 0)
    answer = call(instances(ROW))
    assert (answer.status, answer.json["error"]) == (500, "ZeroDivisionError")


HISTORY = Layout("history", 1, "customer", "who", (("amount", "decimal"), ("land", "string")))


@pytest.fixture
def enriching(model_folder):
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    store = OnlineStore(MemoryEntities(), now=lambda: moment)
    row = np.array([([0], [2.5], [2])], HISTORY.fixed).tobytes()
    section = Section(HEAD.pack(*HISTORY.identity, len(row), 0, 0, 0, 2), row, b"DE")
    store._table.put_many([Change("u#customer#a", encode([section]), 0)])
    server = FeatureServer(store, ModelFeatures("u", (HISTORY,)))
    app = application(Predictor.load(model_folder), model=MODEL, max_batch_rows=5, features=server)
    return lambda *rows: asyncio.run(_call(app, "POST", "/invocations", instances(*rows), "application/json"))


def test_the_container_adds_the_features_that_a_row_lacks(enriching):
    added = enriching({"who": "a", "ok": True}, {"who": "b", "ok": True}, ROW)
    assert added.status == 200
    assert added.json["predictions"][0] == added.json["predictions"][2]
    assert added.json["features"] == [
        {"values": {"amount": 2.5, "land": "DE"}, "statuses": {"history": "found"}},
        {"values": {"amount": None, "land": None}, "statuses": {"history": "missing"}},
        {"values": {}, "statuses": {"history": "given"}},
    ]


def test_complete_rows_are_answered_as_ever(enriching):
    assert "features" not in enriching(ROW).json


def test_unknown_columns_are_still_refused(enriching):
    answer = enriching({"who": "a", "ok": True, "other": 1})
    assert (answer.status, "unknown: other" in answer.json["message"]) == (400, True)


def test_a_throttled_store_is_no_mistake_of_the_caller(enriching, monkeypatch):
    def throttled(*_, **__):
        raise TransientError("DynamoDB does not keep up.")

    monkeypatch.setattr(MemoryEntities, "get_many", throttled)
    assert enriching({"who": "a", "ok": True}).status == 503
