"""CloudWatch metrics of invocations, collected and published in small batches.

As on AWS, each metric carries the endpoint and the variant; a second set also carries the endpoint
configuration, so that an alarm can watch the new fleet of a deployment alone.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


@dataclass(frozen=True)
class Sample:
    """One invocation as the metrics see it; times in microseconds, status 0 for no answer."""

    endpoint: str
    variant: str
    config: str
    status: int
    model_latency: int
    overhead: int

    def values(self) -> dict[str, tuple[float, str]]:
        """Return value and unit of each metric.

        Examples
        --------
        >>> Sample("e", "v", "c", 500, 1000, 10).values()["Invocation5XXErrors"]
        (1.0, 'None')
        """
        failed = self.status == 0 or self.status >= _SERVER_ERROR
        refused = _CLIENT_ERROR <= self.status < _SERVER_ERROR
        return {
            "Invocations": (1.0, "None"),
            "InvocationsPerInstance": (1.0, "None"),
            "Invocation4XXErrors": (float(refused), "None"),
            "Invocation5XXErrors": (float(failed), "None"),
            "InvocationModelErrors": (float(refused or failed), "None"),
            "ModelLatency": (float(self.model_latency), "Microseconds"),
            "OverheadLatency": (float(self.overhead), "Microseconds"),
        }


class InvocationMetrics:
    """Collects samples from many threads until they are published."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []
        self._lock = threading.Lock()

    def add(self, sample: Sample) -> None:
        """Keep a sample."""
        with self._lock:
            self._samples.append(sample)

    def take(self, now: float) -> list[Json]:
        """Return everything since the last call as metric data, and forget it."""
        with self._lock:
            samples, self._samples = self._samples, []
        collected: dict[tuple[str, str, str, str, str], Counter[float]] = {}
        for sample in samples:
            for name, (value, unit) in sample.values().items():
                key = (sample.endpoint, sample.variant, sample.config, name, unit)
                collected.setdefault(key, Counter())[value] += 1
        return [datum for key, counts in collected.items() for datum in _data(key, counts, now)]


def _data(key: tuple[str, str, str, str, str], counts: Counter[float], now: float) -> Iterator[Json]:
    """Yield one metric's data with both sets of dimensions."""
    endpoint, variant, config, name, unit = key
    by_variant = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    by_config = [*by_variant, {"Name": "EndpointConfigName", "Value": config}]
    for dimensions in (by_variant, by_config):
        yield {
            "MetricName": name,
            "Dimensions": dimensions,
            "Timestamp": now,
            "Values": list(counts),
            "Counts": [float(count) for count in counts.values()],
            "Unit": unit,
        }
