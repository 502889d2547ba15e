"""Data capture: sampled invocations as JSON lines in S3, in the layout that Model Monitor reads."""

import base64
import json
import logging
import random
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_cloud.sagemaker.cloud import CloudError, RoleSession
from local_cloud.sagemaker.transfer import split_uri

logger = logging.getLogger(__name__)
Json = dict[str, Any]
_FULL = 100.0
_MAX_KEPT = 50_000


@dataclass(frozen=True)
class Payload:
    """One side of an invocation."""

    body: bytes
    content_type: str


@dataclass(frozen=True)
class Exchange:
    """An invocation and its answer."""

    request: Payload
    response: Payload
    variant: str
    event_id: str
    moment: float
    inference_id: str | None = None
    custom_attributes: str | None = None


class Capture:
    """Samples exchanges of one endpoint and writes them in batches.

    Parameters
    ----------
    endpoint
        Name in the objects' keys.
    config
        The ``DataCaptureConfig``.
    session
        The session of the model's execution role.
    draw
        Source of numbers in [0, 1) for sampling.
    """

    def __init__(
        self, endpoint: str, config: Json, session: RoleSession, draw: Callable[[], float] = random.random
    ) -> None:
        self._endpoint = endpoint
        self._config = config
        self._session = session
        self._draw = draw
        self._lines: dict[tuple[str, str], list[str]] = {}
        self._lock = threading.Lock()

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange if it is sampled."""
        if self._draw() * _FULL >= self._config["InitialSamplingPercentage"]:
            return
        line = json.dumps(self._event(exchange), separators=(",", ":"))
        hour = datetime.fromtimestamp(exchange.moment, UTC).strftime("%Y/%m/%d/%H")
        with self._lock:
            self._lines.setdefault((exchange.variant, hour), []).append(line)

    def flush(self) -> None:
        """Write what was kept; what cannot be written is tried again with the next flush."""
        with self._lock:
            taken, self._lines = self._lines, {}
        for (variant, hour), lines in taken.items():
            try:
                self._write(variant, hour, lines)
            except CloudError as error:
                logger.warning("captured data of endpoint %s was not written: %s", self._endpoint, error)
                self._put_back((variant, hour), lines)

    def _put_back(self, key: tuple[str, str], lines: list[str]) -> None:
        """Keep lines for another try, as many as memory should hold."""
        with self._lock:
            self._lines[key] = (lines + self._lines.get(key, []))[-_MAX_KEPT:]

    def _write(self, variant: str, hour: str, lines: list[str]) -> None:
        """Store one object."""
        bucket, prefix = split_uri(self._config["DestinationS3Uri"])
        stamp = datetime.now(UTC).strftime("%M-%S-%f")[:-3]
        name = f"{self._endpoint}/{variant}/{hour}/{stamp}-{uuid.uuid4()}.jsonl"
        key = "/".join(part for part in (prefix.rstrip("/"), name) if part)
        body = "".join(f"{line}\n" for line in lines).encode()
        self._session.write(body, bucket, key, self._config.get("KmsKeyId"))

    def _event(self, exchange: Exchange) -> Json:
        """Return an exchange in the capture format."""
        modes = {option["CaptureMode"] for option in self._config["CaptureOptions"]}
        both = "InputAndOutput" in modes
        data: Json = {}
        if both or "Input" in modes:
            data["endpointInput"] = self._side(exchange.request, "INPUT")
        if both or "Output" in modes:
            data["endpointOutput"] = self._side(exchange.response, "OUTPUT")
        metadata: Json = {
            "eventId": exchange.event_id,
            **({"inferenceId": exchange.inference_id} if exchange.inference_id else {}),
            **({"customAttributes": [exchange.custom_attributes]} if exchange.custom_attributes else {}),
            "inferenceTime": datetime.fromtimestamp(exchange.moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}

    def _side(self, payload: Payload, mode: str) -> Json:
        """Return one side in the encoding that its content type is mapped to."""
        encoding = self._encoding(payload.content_type)
        plain = encoding != "BASE64"
        data = payload.body.decode("utf-8", "replace") if plain else base64.b64encode(payload.body).decode()
        return {"observedContentType": payload.content_type, "mode": mode, "data": data, "encoding": encoding}

    def _encoding(self, content_type: str) -> str:
        """Return how data of a content type is written; BASE64 unless the configuration maps it."""
        essence = content_type.partition(";")[0].strip().lower()
        mapped = self._config.get("CaptureContentTypeHeader", {})
        for encoding, member in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
            if essence in (kind.lower() for kind in mapped.get(member, [])):
                return encoding
        return "BASE64"


def summary(config: Json | None) -> Json | None:
    """Return a capture configuration as DescribeEndpoint shows it."""
    if config is None:
        return None
    enabled = config.get("EnableCapture", False)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
