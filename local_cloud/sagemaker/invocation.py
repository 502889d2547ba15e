"""Invocations: choose a variant, ask it, measure, capture, mirror to shadows, answer as AWS does."""

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from local_cloud.sagemaker.capture import Capture, Exchange, Payload
from local_cloud.sagemaker.config import SageMakerConfig
from local_cloud.sagemaker.errors import ModelError
from local_cloud.sagemaker.fleet import Fleet, Variant
from local_cloud.sagemaker.invocation_metrics import InvocationMetrics, Sample
from local_cloud.sagemaker.serving import Answer

_SUCCESS = range(200, 300)
_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency "
    "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
_DEFAULT_TYPE = "application/octet-stream"
_MICRO = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A request to an endpoint."""

    endpoint: str
    body: bytes
    content_type: str | None = None
    accept: str | None = None
    target_variant: str | None = None
    inference_id: str | None = None
    custom_attributes: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that the container sees."""
        offered = {
            "Content-Type": self.content_type or _DEFAULT_TYPE,
            "Accept": self.accept,
            "X-Amzn-SageMaker-Inference-Id": self.inference_id,
            "X-Amzn-SageMaker-Custom-Attributes": self.custom_attributes,
        }
        return {name: value for name, value in offered.items() if value is not None}


@dataclass(frozen=True)
class Prediction:
    """A successful answer and the variant that gave it."""

    body: bytes
    content_type: str
    variant: str
    custom_attributes: str | None


@dataclass
class Serving:
    """A fleet and what is captured of its traffic."""

    fleet: Fleet
    capture: Capture | None


@dataclass
class Live:
    """An endpoint that takes requests: its fleet, and during a deployment a second one with its share."""

    blue: Serving
    green: Serving | None = None
    green_share: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def choose(self, target: str | None) -> tuple[Serving, Variant]:
        """Return who serves the next request."""
        with self.lock:
            green, share = self.green, self.green_share
            serving = green if green and random.random() < share else self.blue  # noqa: S311
        return serving, serving.fleet.choose(target)

    def shift(self, green: Serving | None, share: float) -> None:
        """Give a second fleet its share of the traffic."""
        with self.lock:
            self.green, self.green_share = green, share

    def promote(self, green: Serving) -> Serving:
        """Make a fleet the only one; return the one before it."""
        with self.lock:
            before = self.blue
            self.blue, self.green, self.green_share = green, None, 0.0
            return before


class Invoker:
    """Serves invocations of live endpoints."""

    def __init__(self, config: SageMakerConfig, metrics: InvocationMetrics) -> None:
        self._config = config
        self._metrics = metrics
        self._mirrors = ThreadPoolExecutor(8, "sagemaker-shadow")

    def invoke(self, live: Live, invocation: Invocation) -> Prediction:
        """Answer one request.

        Raises
        ------
        ModelError
            The container answered with an error, or not in time.
        """
        began = time.perf_counter()
        serving, variant = live.choose(invocation.target_variant)
        answer = self._ask(serving, variant, invocation, began)
        for shadow in serving.fleet.shadows:
            if random.random() * variant.weight < shadow.weight:  # noqa: S311
                self._mirrors.submit(self._ask, serving, shadow, invocation, time.perf_counter())
        if answer.status not in _SUCCESS:
            raise self._model_error(invocation.endpoint, variant.name, answer)
        return Prediction(
            body=answer.body,
            content_type=answer.headers.get("content-type", _DEFAULT_TYPE),
            variant=variant.name,
            custom_attributes=answer.headers.get("x-amzn-sagemaker-custom-attributes"),
        )

    def close(self) -> None:
        """Finish what is being mirrored."""
        self._mirrors.shutdown(cancel_futures=True)

    def _ask(self, serving: Serving, variant: Variant, invocation: Invocation, began: float) -> Answer:
        """Ask one variant, measure and capture."""
        asked = time.perf_counter()
        answer = variant.server.invoke(invocation.body, invocation.headers())
        done = time.perf_counter()
        if serving.capture and answer.status in _SUCCESS:
            serving.capture.add(_exchange(variant.name, invocation, answer))
        self._metrics.add(
            Sample(
                endpoint=invocation.endpoint,
                variant=variant.name,
                config=serving.fleet.config_name,
                status=answer.status,
                model_latency=round((done - asked) * _MICRO),
                overhead=round((asked - began + time.perf_counter() - done) * _MICRO),
            )
        )
        return answer

    def _model_error(self, endpoint: str, variant: str, answer: Answer) -> ModelError:
        """Word a container's error as AWS does."""
        text = answer.body.decode("utf-8", "replace") or (_TIMED_OUT if answer.status == 0 else "")
        region, account = self._config.region, self._config.account
        arn = f"arn:aws:logs:{region}:{account}:log-group:/aws/sagemaker/Endpoints/{endpoint}"
        return ModelError(answer.status, text, arn)


def _exchange(variant: str, invocation: Invocation, answer: Answer) -> Exchange:
    """Return what data capture keeps of an invocation."""
    return Exchange(
        request=Payload(invocation.body, invocation.content_type or _DEFAULT_TYPE),
        response=Payload(answer.body, answer.headers.get("content-type", _DEFAULT_TYPE)),
        variant=variant,
        event_id=str(uuid.uuid4()),
        moment=time.time(),
        inference_id=invocation.inference_id,
        custom_attributes=invocation.custom_attributes,
    )
