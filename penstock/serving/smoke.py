"""The check before any traffic: a packaged model answers real rows as it did when it was evaluated."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import SmokeTestFailed
from penstock.serving.predictor import Predictor

TOLERANCE = 1e-6
_ROUNDS = 5


class SmokeReport(BaseModel):
    """What the smoke test measured; ``problem`` is empty when it passed."""

    model_config = ConfigDict(frozen=True)

    passed: bool
    rows: int
    largest_difference: float
    latency_ms: float
    maximum_latency_ms: float
    problem: str


def smoke_test(*, folder: Path, samples: Path, output: Path, maximum_latency_ms: float) -> SmokeReport:
    """Load a package, predict its sample rows and compare.

    Parameters
    ----------
    folder
        The unpacked model.
    samples
        ``samples.json`` of its evaluation.
    output
        Where the report goes, also when the test fails.
    maximum_latency_ms
        Most that the median single row may take.

    Raises
    ------
    SmokeTestFailed
        An answer differs by more than 1e-6, or answering takes too long.
    """
    predictor, document = Predictor.load(folder), json.loads(samples.read_text(encoding="utf-8"))
    expected = document["predictions"]
    found = [prediction.document() for prediction in predictor.predict(document["instances"])]
    difference = max((_apart(a, b) for a, b in zip(found, expected, strict=True)), default=0.0)
    latency = _latency(predictor, document["instances"])
    problem = _problem(len(expected), difference, latency, maximum_latency_ms)
    report = SmokeReport(
        passed=not problem,
        rows=len(expected),
        largest_difference=difference,
        latency_ms=latency,
        maximum_latency_ms=maximum_latency_ms,
        problem=problem,
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if problem:
        raise SmokeTestFailed(
            "The package failed its smoke test.",
            found=problem,
            action="Do not deploy it; compare its libraries with those in model.json.",
        )
    return report


def _apart(found: Mapping[str, Any], expected: Mapping[str, Any]) -> float:
    """Return how far two answers are apart; another label is as far as can be."""
    if found.get("label") != expected.get("label"):
        return 1.0
    return abs(float(found["score"]) - float(expected["score"]))


def _problem(rows: int, difference: float, latency: float, maximum: float) -> str:
    """Say what is wrong, if anything."""
    if not rows:
        return "there are no sample rows"
    if not difference <= TOLERANCE:
        return f"answers differ by up to {difference:.3g} from the evaluation, {TOLERANCE:g} is allowed"
    return f"a row takes {latency:.1f} ms, {maximum:g} ms are allowed" if latency > maximum else ""


def _latency(predictor: Predictor, instances: list[dict[str, object]]) -> float:
    """Return the median time for one row, in milliseconds."""
    times = []
    for row in instances * _ROUNDS:
        start = time.perf_counter()
        predictor.predict([row])
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times) if times else 0.0
