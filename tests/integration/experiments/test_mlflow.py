"""Runs written to an MLflow tracking server, against an exchange with a real one that was recorded."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from penstock.errors import InvalidSpec, TransientError
from penstock.experiments import Run
from penstock.experiments.managed_mlflow import ManagedServer
from penstock.experiments.mlflow import export
from penstock.experiments.record import CandidateRecord, Hardware, RunRecord
from penstock.specs import Candidate

EXCHANGE = json.loads((Path(__file__).parent / "mlflow_exchange.json").read_text())
RUN = Run(
    run_id="demo-1", use_case="demo", status="completed", snapshot_id="s1", digest="d", reason="first data",
    requested_by="dana", started_at="2026-01-01T00:00:00.000Z", finished_at="2026-01-01T00:05:00.000Z",
    execution_arn="arn:x",
)  # fmt: skip
TRAINED = CandidateRecord(
    job="demo-1-xgboost", problem="binary", seed=7, threads=2, code="c" * 64, libraries={}, inputs={},
    candidate=Candidate(name="xgboost", algorithm="xgboost", hyperparameters={"max_depth": 3, "eta": 0.1}),
    hardware=Hardware(instance="ml.m5.xlarge"), started_at="", seconds=90.0, metrics={"auc": 0.91}, files={},
)  # fmt: skip
RECORD = RunRecord(
    run_id="demo-1", use_case="demo", specification="d", snapshot="s1", features={"history": "s0"},
    metric="auc", chosen="xgboost", passed=True, candidates={"xgboost": TRAINED}, metrics={"auc": 0.9},
    cost={"usd": 0.00575},
)  # fmt: skip


class _Replay(BaseHTTPRequestHandler):
    """Answers as the recorded server did, if asked in the same words and order."""

    expected: list[dict[str, Any]]
    strange: list[str]

    def _answer(self, sent: dict[str, Any]) -> None:
        path, one = urlsplit(self.path).path, self.expected.pop(0) if self.expected else None
        same = one and (f"/api/2.0/mlflow/{one['path']}", one["method"], one["sent"]) == (
            path, self.command, sent,
        )  # fmt: skip
        if not same:
            self.strange.append(f"{self.command} {path} {sent}")
        body = json.dumps(one["answer"] if one else {}).encode()
        self.send_response(404 if one and one["method"] == "GET" and not one["answer"] else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Any]:
    handler = type("Replay", (_Replay,), {"expected": [], "strange": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}", handler
        running.shutdown()


@pytest.mark.parametrize("part", ["first", "again"])
def test_a_run_is_written_once_in_the_words_that_mlflow_took(server: Any, part: str) -> None:
    address, handler = server
    handler.expected.extend(EXCHANGE[part])
    place = export(RUN, RECORD, address)
    assert not handler.strange
    assert not handler.expected
    assert place.rsplit("/", 1)[1] == EXCHANGE["again"][1]["answer"]["runs"][0]["info"]["run_id"]


def test_a_server_that_refuses_is_told(server: Any) -> None:
    address, handler = server
    handler.send_response = lambda self, _code, *rest: BaseHTTPRequestHandler.send_response(self, 403, *rest)
    with pytest.raises(TransientError, match="403"):
        export(RUN, RECORD, address)


def signature(request: BaseHTTPRequestHandler, body: bytes, secret: str) -> str:
    """Return the signature of a request as AWS documents Signature Version 4."""
    told = dict(
        part.strip().split("=", 1) for part in request.headers["Authorization"].split(" ", 1)[1].split(",")
    )
    _, day, region, service, _ = told["Credential"].split("/")
    signed = told["SignedHeaders"].split(";")
    path, _, query = request.path.partition("?")
    lines = [f"{name}:{request.headers[name].strip()}" for name in signed]
    payload = hashlib.sha256(body).hexdigest()
    whole = "\n".join([str(request.command), path, query, *lines, "", ";".join(signed), payload])
    scope = f"{day}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(whole.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers["X-Amz-Date"], scope, hashed])
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    assert told["Signature"] == key.hex()
    return f"{region}/{service}"


def test_requests_to_a_server_of_sagemaker_are_signed_for_it(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, handler = server
    handler.expected.extend(EXCHANGE["first"])
    monkeypatch.setattr(ManagedServer, "address", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/team"
    seen = set()
    answer = handler._answer

    def check(self: Any, sent: dict[str, Any]) -> None:
        body = json.dumps(sent).encode() if self.command == "POST" else b""
        seen.add((self.headers["x-mlflow-sm-tracking-server-arn"], signature(self, body, "secret")))
        answer(self, sent)

    handler._answer = check
    export(RUN, RECORD, arn)
    assert not handler.strange
    assert not handler.expected
    assert seen == {(arn, "eu-west-1/sagemaker-mlflow")}


def test_an_arn_of_something_else_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="mlflow-tracking-server"):
        export(RUN, RECORD, "arn:aws:s3:::bucket")
