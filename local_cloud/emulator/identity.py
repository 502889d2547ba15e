"""Temporary credentials of roles, and clients that act under them inside the emulator."""

import functools
import os
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from local_cloud.constants import ACCOUNT, LOOPBACK, REGION

_CLIENT_LOCK = threading.Lock()
_CLIENT_CONFIG = Config(
    retries={"total_max_attempts": 1, "mode": "standard"},
    parameter_validation=True,
    max_pool_connections=50,
    connect_timeout=10,
    read_timeout=910,
    s3={"addressing_style": "path"},
)


def endpoint_url() -> str:
    """Return the address at which this process serves AWS requests.

    Examples
    --------
    >>> import os
    >>> os.environ["GATEWAY_PORT"] = "4599"
    >>> endpoint_url()
    'http://127.0.0.1:4599'
    """
    return f"http://{LOOPBACK}:{os.environ.get('GATEWAY_PORT', '4566')}"


@functools.lru_cache(maxsize=4096)
def _session_keys(role_arn: str, session_name: str) -> tuple[str, str, str]:
    """Make the key triple of one role session."""
    return (
        "ASIA" + secrets.token_hex(8).upper(),
        secrets.token_hex(20),
        secrets.token_hex(64),
    )


def _role_id(role_arn: str) -> str:
    """Return the unique id of an existing role, or a placeholder in its form."""
    from ministack.services import iam

    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rsplit("/", 1)[-1])
    return str((role or {}).get("RoleId", "AROAUNKNOWNROLE000000"))


def role_credentials(role_arn: str, session_name: str) -> dict[str, str]:
    """Open a session of a role, as an AWS service does, and return its environment variables.

    The same role and session name yield the same keys for the life of the server. Requests that are
    signed with them are authorised by the role's policies while IAM enforcement is on.

    Parameters
    ----------
    role_arn
        The role that the caller passed to the service.
    session_name
        What CloudTrail would show as the session, such as the name of a training job.

    Returns
    -------
    dict
        ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN``.

    Examples
    --------
    >>> keys = role_credentials("arn:aws:iam::000000000000:role/reader", "job-1")
    >>> sorted(keys)
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
    """
    from ministack.services import sts

    name = session_name[:64]
    access_key, secret_key, token = _session_keys(role_arn, name)
    account, role_name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    sts.register_session(
        access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{name}",
            "UserId": f"{_role_id(role_arn)}:{name}",
            "SecretAccessKey": secret_key,
            "SessionToken": token,
            "IssuedAt": time.time(),
        },
    )
    return {
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_SESSION_TOKEN": token,
    }


@functools.lru_cache(maxsize=256)
def _client(service: str, access_key: str, secret_key: str, token: str | None, endpoint: str) -> Any:
    """Build one client; building is slow and not thread-safe, so results are kept."""
    with _CLIENT_LOCK:
        return boto3.session.Session().client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            aws_session_token=token,
            config=_CLIENT_CONFIG,
        )


def role_client(service: str, role_arn: str, session_name: str) -> Any:
    """Return a boto3 client of the emulator that acts as a session of a role."""
    keys = role_credentials(role_arn, session_name)
    return _client(
        service,
        keys["AWS_ACCESS_KEY_ID"],
        keys["AWS_SECRET_ACCESS_KEY"],
        keys["AWS_SESSION_TOKEN"],
        endpoint_url(),
    )


def caller_of(headers: Mapping[str, str]) -> str:
    """Return the ARN of the user or role session whose key a request is signed with; of nobody, nothing."""
    from ministack.core.iam_evaluator import resolve_credential
    from ministack.core.router import extract_access_key_id

    key = extract_access_key_id(dict(headers), {})
    return str(getattr(resolve_credential(key, ACCOUNT), "principal_arn", "")) if key else ""


def account_client(service: str) -> Any:
    """Return a boto3 client of the emulator that acts as the account itself."""
    return _client(
        service,
        os.environ.get("AWS_ACCESS_KEY_ID", "test"),
        os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
        None,
        endpoint_url(),
    )
