"""A proof of identity holds for one request, at the verifier's STS, and only while STS says so."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from moto import mock_aws

from penstock.errors import UnprovenIdentity
from penstock.governance import prove, verify

ENDPOINT = "https://sts.eu-west-1.amazonaws.com"
ARN = "arn:aws:sts::111122223333:assumed-role/Approver/priya"
ANSWER = f"<R><Arn>{ARN}</Arn><Account>111122223333</Account></R>"
PAYLOAD = {"approval_id": "a1", "decision": "approve", "reason": "gut, größer als vorher"}


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session("AKIDEXAMPLE", "secret", "session-token", region_name="eu-west-1")


@pytest.fixture(autouse=True)
def _no_other_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


class Sts:
    """Answers as STS, and remembers what it was asked."""

    def __init__(self, status: int = 200, body: str = ANSWER) -> None:
        self.status, self.body = status, body
        self.requests: list[tuple[str, Mapping[str, str], str]] = []

    def __call__(self, url: str, headers: Mapping[str, str], body: str) -> tuple[int, str]:
        self.requests.append((url, headers, body))
        return self.status, self.body


def test_a_proof_names_its_maker(session: boto3.Session) -> None:
    sts = Sts()
    caller = verify(prove(session, PAYLOAD), PAYLOAD, endpoint=ENDPOINT, send=sts)
    assert (caller.arn, caller.account, caller.name) == (ARN, "111122223333", "priya")
    url, headers, body = sts.requests[0]
    assert (url, headers["Host"]) == (ENDPOINT, "sts.eu-west-1.amazonaws.com")
    assert "GetCallerIdentity" in body


def test_the_order_of_keys_does_not_matter(session: boto3.Session) -> None:
    turned = dict(reversed(list(PAYLOAD.items())))
    assert verify(prove(session, PAYLOAD), turned, endpoint=ENDPOINT, send=Sts()).name == "priya"


def test_a_proof_for_another_request_is_refused_unasked(session: boto3.Session) -> None:
    sts = Sts()
    with pytest.raises(UnprovenIdentity, match="another request"):
        verify(prove(session, PAYLOAD), {**PAYLOAD, "decision": "reject"}, endpoint=ENDPOINT, send=sts)
    assert sts.requests == []


@pytest.mark.parametrize("header", ["host", "x-penstock-digest"])
def test_a_signature_must_cover_host_and_digest(session: boto3.Session, header: str) -> None:
    proof = prove(session, PAYLOAD)
    signed = re.sub(rf"(?<=[=;]){header};?", "", proof["Authorization"])
    sts = Sts()
    with pytest.raises(UnprovenIdentity, match="does not cover"):
        verify({**proof, "Authorization": signed}, PAYLOAD, endpoint=ENDPOINT, send=sts)
    assert sts.requests == []


@pytest.mark.parametrize(
    "proof", [{}, {"Authorization": "Bearer x"}, {"Authorization": "AWS4-HMAC-SHA256 SignedHeaders="}]
)
def test_what_is_no_proof_is_refused(proof: dict[str, str]) -> None:
    with pytest.raises(UnprovenIdentity):
        verify(proof, PAYLOAD, endpoint=ENDPOINT, send=Sts())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, "<Error><Code>ExpiredToken</Code></Error>"),
        (403, ANSWER),
        (200, "<html></html>"),
        (200, f"<Arn>{ARN}</Arn>"),
    ],
)
def test_what_sts_does_not_confirm_is_refused(session: boto3.Session, status: int, body: str) -> None:
    with pytest.raises(UnprovenIdentity, match=f"status {status}"):
        verify(prove(session, PAYLOAD), PAYLOAD, endpoint=ENDPOINT, send=Sts(status, body))


def test_headers_that_were_not_signed_do_not_travel(session: boto3.Session) -> None:
    sts = Sts()
    verify(
        {**prove(session, PAYLOAD), "X-Amz-Target": "x", "Host": "evil"}, PAYLOAD, endpoint=ENDPOINT, send=sts
    )
    headers = sts.requests[0][1]
    assert "X-Amz-Target" not in headers
    assert headers["Host"] == "sts.eu-west-1.amazonaws.com"


class _Relay(BaseHTTPRequestHandler):
    """Hands what arrives to moto's STS, as the wire would."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert body.startswith(b"Action=GetCallerIdentity")
        key = re.search(r"Credential=([^/]+)/", self.headers["Authorization"])
        assert key is not None
        with mock_aws():
            sts = boto3.client(
                "sts", "eu-west-1", endpoint_url=ENDPOINT, aws_access_key_id=key[1], aws_secret_access_key="s"
            )
            found = sts.get_caller_identity()
        answer = f"<R><Arn>{found['Arn']}</Arn><Account>{found['Account']}</Account></R>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: Any) -> None:
        """Stay silent."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_proof_travels_over_the_wire(
    session: boto3.Session, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", endpoint)
    caller = verify(prove(session, PAYLOAD), PAYLOAD, endpoint=endpoint)
    assert caller.account == "123456789012"
    assert caller.arn.startswith("arn:aws:")
