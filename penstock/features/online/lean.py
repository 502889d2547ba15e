"""Calls of a boto3 client whose JSON is written and read by us: botocore's walk over every value is left out.

Everything else stays botocore's: endpoint, credentials, signature, retries, checksums, errors. It uses two of
its events: ``before-call`` puts our body in the place of the one that botocore made of a sample, and
``before-parse`` takes the answer's. Where the second one is not sent, botocore reads the answer as ever.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

_ACTIVE = threading.local()
_OK = 200


class LeanCalls:
    """A client's operations with bodies of our own.

    Parameters
    ----------
    client
        Any other use of it stays as it is; it may be shared by threads.
    operations
        Names of operations in the service's API, such as ``BatchGetItem``.
    """

    def __init__(self, client: Any, operations: tuple[str, ...]) -> None:
        service = client.meta.service_model.service_id.hyphenize()
        for operation in operations:
            for event, handler in (("before-call", _write_body), ("before-parse", _read_body)):
                name = f"{event}.{service}.{operation}"
                client.meta.events.register(name, handler, unique_id=f"penstock-{name}")

    def call(self, method: Callable[..., Any], body: str, **sample: Any) -> dict[str, Any]:
        """Send a body, and return the answer's JSON as it came.

        Parameters
        ----------
        method
            The client's method of the operation.
        body
            The JSON of the request.
        sample
            Arguments that botocore can resolve the endpoint from, in the place of those of ``body``.
        """
        _ACTIVE.body = body.encode()
        try:
            answer: dict[str, Any] = method(**sample)
        finally:
            _ACTIVE.body = None
        return answer


def _write_body(params: dict[str, Any], **_: Any) -> None:
    """Put our body into the request of a lean call."""
    if (body := getattr(_ACTIVE, "body", None)) is not None:
        params["body"] = body


def _read_body(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any] | None = None, **_: Any
) -> None:
    """Read the answer of a lean call, and leave nothing to read for botocore."""
    lean = getattr(_ACTIVE, "body", None) is not None and customized_response_dict is not None
    if not lean or response_dict.get("status_code") != _OK:
        return
    try:
        document = json.loads(response_dict["body"])
    except ValueError:
        return
    customized_response_dict.update(document)  # type: ignore[union-attr]
    response_dict["body"] = b"{}"
