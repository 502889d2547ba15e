"""Who is calling: a proof that a handler can check without trusting its caller.

The caller signs an STS GetCallerIdentity request with its own credentials, with a digest of
what it asks for among the signed headers, and sends the signed headers along. The handler sends them to
its own STS endpoint, which alone can tell whose signature it is. The proof is worth nothing for another
request (the digest is signed) and to nobody else's endpoint (the host is signed), and STS refuses
it after fifteen minutes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from pydantic import BaseModel, ConfigDict

from penstock.errors import UnprovenIdentity

_BODY = "Action=GetCallerIdentity&Version=2011-06-15"
_DIGEST = "X-Penstock-Digest"
_KEPT = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Security-Token", _DIGEST)
_OK = 200


class Caller(BaseModel):
    """A person or role whose identity STS has confirmed."""

    model_config = ConfigDict(frozen=True)

    arn: str
    account: str

    @property
    def name(self) -> str:
        """The name of the user, or of the session of a role.

        Examples
        --------
        >>> Caller(arn="arn:aws:sts::111122223333:assumed-role/Approver/priya", account="111122223333").name
        'priya'
        """
        return self.arn.rsplit("/", 1)[-1]

    def has_role(self, role_arn: str) -> bool:
        """Say whether the caller acts under a role.

        Examples
        --------
        >>> arn = "arn:aws:sts::111122223333:assumed-role/Approver/priya"
        >>> Caller(arn=arn, account="111122223333").has_role("arn:aws:iam::111122223333:role/Approver")
        True
        """
        role = role_arn.rsplit("/", 1)[-1]
        return self.arn.rpartition("/")[0].endswith(f"::{self.account}:assumed-role/{role}")


class SignedTransport(Protocol):
    """Sends a signed form to STS and returns status and body; a test may stand in for the network."""

    def __call__(self, url: str, headers: Mapping[str, str], body: str) -> tuple[int, str]:
        """Send a request."""
        ...


def prove(session: Any, payload: Mapping[str, Any]) -> dict[str, str]:
    """Sign a proof that the holder of a boto3 session's credentials asks for ``payload``.

    Returns
    -------
    dict
        The signed headers, to be sent beside the payload.
    """
    client = session.client("sts")
    request = AWSRequest(
        method="POST",
        url=client.meta.endpoint_url,
        data=_BODY,
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            _DIGEST: _digest(payload),
        },
    )
    SigV4Auth(session.get_credentials().get_frozen_credentials(), "sts", client.meta.region_name).add_auth(
        request
    )
    return {name: request.headers[name] for name in _KEPT if name in request.headers}


def verify(
    proof: Mapping[str, str],
    payload: Mapping[str, Any],
    *,
    endpoint: str,
    send: SignedTransport | None = None,
) -> Caller:
    """Ask STS whose proof it is.

    Parameters
    ----------
    proof
        What :func:`prove` returned.
    payload
        The request that it must have been made for.
    endpoint
        The STS endpoint of the verifier, never one that the caller names.

    Raises
    ------
    UnprovenIdentity
        The proof is for something else, is incomplete, has expired or is not genuine.
    """
    headers = {name: str(proof[name]) for name in _KEPT if name in proof}
    signed = re.search(r"SignedHeaders=([a-z0-9;-]+)", headers.get("Authorization", ""))
    if signed is None or not {_DIGEST.lower(), "host"} <= set(signed.group(1).split(";")):
        raise _unproven("a proof whose signature does not cover host and digest")
    if headers.get(_DIGEST) != _digest(payload):
        raise _unproven("a proof that was made for another request")
    status, body = (send or _send)(endpoint, {**headers, "Host": urlsplit(endpoint).netloc}, _BODY)
    arn = re.search(r"<Arn>([^<]+)</Arn>", body)
    account = re.search(r"<Account>(\d{12})</Account>", body)
    if status != _OK or arn is None or account is None:
        raise _unproven(f"a proof that STS refuses with status {status}")
    return Caller(arn=arn.group(1), account=account.group(1))


def _send(url: str, headers: Mapping[str, str], body: str) -> tuple[int, str]:
    """Send a signed request as it is."""
    answer = URLLib3Session(timeout=10).send(
        AWSRequest(method="POST", url=url, data=body, headers=headers).prepare()
    )
    return answer.status_code, answer.text


def _digest(payload: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _unproven(found: str) -> UnprovenIdentity:
    return UnprovenIdentity(
        "Your identity could not be verified.",
        found=found,
        expected="a proof signed by your own credentials",
        action="Sign in again and repeat the request with the penstock command line.",
    )
