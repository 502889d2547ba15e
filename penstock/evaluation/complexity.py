"""The cost of complexity: what each candidate gains over the baseline, for its latency and size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from penstock.evaluation.bootstrap import Interval

if TYPE_CHECKING:
    from penstock.evaluation.bootstrap import Sample


class Effort(BaseModel):
    """A candidate: its gain in the metric over the baseline, and what it takes to run."""

    model_config = ConfigDict(frozen=True)

    candidate: str
    gain: float
    behind_chosen: Interval
    latency_ms: float
    model_bytes: int
    efficient: bool
    """No other candidate gains as much, is as fast and as small, and better in one of them."""


class Complexity(BaseModel):
    """All candidates, and the cheapest of those that are not worse than the chosen beyond doubt."""

    model_config = ConfigDict(frozen=True)

    metric: str
    chosen: str
    simplest_as_good: str
    candidates: tuple[Effort, ...]


@dataclass(frozen=True)
class Running:
    """What it takes to run a candidate."""

    latency_ms: float
    model_bytes: int


def complexity(
    test: Sample, running: Mapping[str, Running], *, metric: str, chosen: str, baseline: str
) -> Complexity:
    """Weigh the candidates' gains against their latency and size.

    Parameters
    ----------
    test
        All candidates measured on the same rows.
    running
        Latency of one row and size of the archive, by candidate.
    metric, chosen, baseline
        What is compared; the candidate that was chosen; the one that gains are counted from.
    """
    gains = {name: test.difference(name, baseline, metric).value for name in running}
    behind = {name: test.difference(name, chosen, metric) for name in running}
    efforts = tuple(
        Effort(
            candidate=name, gain=gains[name], behind_chosen=behind[name], latency_ms=one.latency_ms,
            model_bytes=one.model_bytes,
            efficient=not any(
                _dominates(gains[other], two, gains[name], one) for other, two in running.items()
            ),
        )
        for name, one in running.items()
    )  # fmt: skip
    good = [one for one in efforts if one.behind_chosen.high >= 0 and one.candidate != baseline]
    simplest = min(good, key=lambda one: (one.latency_ms * one.model_bytes, one.candidate), default=None)
    return Complexity(
        metric=metric, chosen=chosen, candidates=efforts,
        simplest_as_good=simplest.candidate if simplest else chosen,
    )  # fmt: skip


def _dominates(gain: float, one: Running, other_gain: float, other: Running) -> bool:
    """Say whether the first is nowhere worse than the second and somewhere better."""
    first = (gain, -one.latency_ms, -one.model_bytes)
    second = (other_gain, -other.latency_ms, -other.model_bytes)
    return first != second and all(a >= b for a, b in zip(first, second, strict=True))
