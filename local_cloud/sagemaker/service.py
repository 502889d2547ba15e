"""The emulator's handler for SageMaker's control plane (JSON 1.1)."""

import asyncio
import json
import logging
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_cloud.emulator import identity
from local_cloud.sagemaker import runtime, wiring
from local_cloud.sagemaker.errors import SageMakerError

logger = logging.getLogger(__name__)
Response = tuple[int, dict[str, str], bytes]
_JSON = {"Content-Type": "application/x-amz-json-1.1"}
_THREADS = ThreadPoolExecutor(16, "sagemaker-api")


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any]
) -> Response:
    """Answer a request that is signed for ``sagemaker``.

    Both of SageMaker's APIs are signed with that name; requests without an ``X-Amz-Target`` are the
    runtime's.
    """
    target = headers.get("x-amz-target", "")
    if not target:
        return await runtime.handle_request(method, path, headers, body, query_params)
    loop, caller = asyncio.get_running_loop(), identity.caller_of(headers)
    return await loop.run_in_executor(_THREADS, _answer, target.rpartition(".")[2], body, caller)


def startup() -> None:
    """Start the local SageMaker; call it once the emulator accepts requests.

    Endpoints of an earlier server come back, its unfinished jobs are marked as failed. Without this call the
    same happens with the first request. The runtime image is built in the background.
    """
    wiring.control_plane().prewarm()


def shutdown() -> None:
    """End every process and write what is waiting; the emulator must still accept requests."""
    wiring.uninstall()


def _answer(operation: str, body: bytes, caller: str) -> Response:
    """Call the operation; may block."""
    try:
        return 200, dict(_JSON), json.dumps(wiring.control_plane().call(operation, body, caller)).encode()
    except SageMakerError as error:
        answer = {"__type": error.code, **error.body()}
        return error.status, {**_JSON, "x-amzn-ErrorType": error.code}, json.dumps(answer).encode()
    except Exception as error:
        incident = uuid.uuid4().hex[:8]
        logger.exception("operation %s failed (%s)", operation, incident)
        answer = {"__type": "InternalServerError", "message": f"{error!r} (see the server's log, {incident})"}
        return 500, dict(_JSON), json.dumps(answer).encode()
