"""The emulator's handler for SageMaker's runtime: ``POST /endpoints/{name}/invocations``."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import unquote

from local_cloud.sagemaker import wiring
from local_cloud.sagemaker.errors import SageMakerError, ValidationError
from local_cloud.sagemaker.invocation import Invocation, Prediction

logger = logging.getLogger(__name__)
Response = tuple[int, dict[str, str], bytes]
_PATH = re.compile(r"/endpoints/([^/]+)/invocations")
_PREFIX: Final = "x-amzn-sagemaker-"
_THREADS = ThreadPoolExecutor(64, "sagemaker-invoke")


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any]
) -> Response:
    """Answer one invocation of an endpoint."""
    del query_params
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, _answer, method, path, headers, body)


def _answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
    """Invoke the endpoint; blocks until the model has answered."""
    try:
        match = _PATH.fullmatch(path)
        if not match or method != "POST":
            raise ValidationError(
                f"{method} {path} is not offered by the local cloud; only InvokeEndpoint is."
            )
        return _success(
            wiring.control_plane().endpoints.invoke(_invocation(unquote(match[1]), headers, body))
        )
    except SageMakerError as error:
        return (
            error.status,
            {"Content-Type": "application/json", "x-amzn-ErrorType": error.code},
            json.dumps(error.body()).encode(),
        )
    except Exception as error:
        logger.exception("invocation failed")
        answer = {"Message": f"{error!r}; see the server's log."}
        return (
            500,
            {"Content-Type": "application/json", "x-amzn-ErrorType": "InternalFailure"},
            json.dumps(answer).encode(),
        )


def _invocation(endpoint: str, headers: Mapping[str, str], body: bytes) -> Invocation:
    """Read an invocation from a request's headers, which are in lower case."""
    return Invocation(
        endpoint=endpoint,
        body=body,
        content_type=headers.get("content-type"),
        accept=headers.get("accept"),
        target_variant=headers.get(f"{_PREFIX}target-variant"),
        inference_id=headers.get(f"{_PREFIX}inference-id"),
        custom_attributes=headers.get(f"{_PREFIX}custom-attributes"),
    )


def _success(prediction: Prediction) -> Response:
    """Return a prediction with the headers of the API."""
    headers = {
        "Content-Type": prediction.content_type,
        "x-Amzn-Invoked-Production-Variant": prediction.variant,
    }
    if prediction.custom_attributes:
        headers["X-Amzn-SageMaker-Custom-Attributes"] = prediction.custom_attributes
    return 200, headers, prediction.body
