"""Watching a window of live traffic."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import NotFound
from penstock.monitoring.baselining import SCORE
from penstock.monitoring.capture import Captured, Window, moment, read_capture
from penstock.monitoring.constraints import Findings, check
from penstock.monitoring.profile import ColumnProfile, InferredType, statistics_document
from penstock.specs import MonitoringSpec


class MonitoringSummary(BaseModel):
    """What a monitoring run found.

    ``status`` is ``not_enough_rows`` when there is no verdict.
    """

    model_config = ConfigDict(frozen=True)

    status: str
    rows: int
    violations: int
    drifted: tuple[str, ...]
    window: dict[str, str | None]
    endpoint: str
    version: str
    lines: int
    lines_outside_window: int
    corrupt_lines: int
    corrupt_examples: tuple[str, ...]
    distances: dict[str, dict[str, float]]


def monitor(
    *,
    capture: Path,
    baseline: Path,
    output: Path,
    spec: MonitoringSpec,
    endpoint: str,
    version: str,
    window_start: str | None = None,
    window_end: str | None = None,
) -> MonitoringSummary:
    """Compare captured traffic with a model version's baseline.

    Parameters
    ----------
    capture
        Folder of data capture, ``*.jsonl`` at any depth.
    baseline
        Folder with the version's ``statistics.json`` and ``constraints.json``.
    output
        Receives ``statistics.json``, ``constraint_violations.json``, ``metrics.json`` (entries for
        CloudWatch) and ``summary.json``.
    spec
        ``minimum_rows`` and ``completeness_threshold`` are used from here; the limits of drift
        stand in the constraints.
    endpoint, version
        What is watched.
    window_start, window_end
        ISO 8601; lines outside are skipped.

    Raises
    ------
    NotFound
        A file of the baseline is missing.
    """
    statistics, constraints = (_read(baseline / f"{name}.json") for name in ("statistics", "constraints"))
    types = {entry["name"]: entry["inferred_type"] for entry in constraints["features"]}
    inputs = {name: kind for name, kind in types.items() if name != SCORE}
    window = Window(moment(window_start), moment(window_end))
    captured = read_capture(capture, columns=inputs, window=window, version=version)
    profiles = _profiles(captured, types)
    enough = len(captured.rows) >= spec.minimum_rows
    findings = check(
        profiles,
        statistics=statistics,
        constraints=constraints,
        completeness_tolerance=spec.completeness_threshold,
    )
    if not enough:
        findings = Findings([], findings.distances)
    summary = _summary(
        captured,
        findings,
        enough=enough,
        endpoint=endpoint,
        version=version,
        window={"start": window_start, "end": window_end},
    )
    _write(output, "statistics", statistics_document(profiles.values(), len(captured.rows)))
    _write(output, "constraint_violations", {"violations": findings.violations})
    _write(output, "metrics", _metrics(profiles, summary, findings))
    _write(output, "summary", summary.model_dump(mode="json"))
    return summary


def _profiles(captured: Captured, types: Mapping[str, str]) -> dict[str, ColumnProfile]:
    """Profile every column that was seen; a column that no row has is left out."""
    seen = dict.fromkeys(name for name in types if name != SCORE)
    seen.update(dict.fromkeys(name for row in captured.rows for name in row))
    profiles = {
        name: _profile(name, [row.get(name) for row in captured.rows], types.get(name, "Unknown"))
        for name in seen
        if any(name in row for row in captured.rows)
    }
    if SCORE in types and captured.scores:
        profiles[SCORE] = ColumnProfile(SCORE, "Fractional", numbers=np.array(captured.scores))
    return profiles


def _profile(name: str, values: Sequence[Any], kind: str) -> ColumnProfile:
    """Sort values into numbers or words, missing, and mistyped."""
    known = [value for value in values if value is not None]
    missing = len(values) - len(known)
    if kind in ("Integral", "Fractional"):
        right = [value for value in known if _is_number(value, whole=kind == "Integral")]
        numbers = np.array(right, dtype=np.float64)
        inferred: InferredType = "Integral" if kind == "Integral" else "Fractional"
        return ColumnProfile(name, inferred, missing, len(known) - len(right), numbers=numbers)
    if kind == "String":
        words = [_word(value) for value in known if isinstance(value, str | bool)]
        return ColumnProfile(name, "String", missing, len(known) - len(words), words=Counter(words))
    return ColumnProfile(name, "Unknown", missing, words=Counter(map(str, known)))


def _is_number(value: Any, *, whole: bool) -> bool:
    """Say whether a value is a finite number, and a whole one where that is asked."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        return False
    return not whole or float(value).is_integer()


def _word(value: str | bool) -> str:
    """Write truth values as JSON does."""
    return value if isinstance(value, str) else str(value).lower()


def _summary(
    captured: Captured,
    findings: Findings,
    *,
    enough: bool,
    endpoint: str,
    version: str,
    window: dict[str, str | None],
) -> MonitoringSummary:
    """Sum the run up."""
    drifted = [
        v["feature_name"] for v in findings.violations if v["constraint_check_type"] == "baseline_drift_check"
    ]
    return MonitoringSummary(
        status="completed" if enough else "not_enough_rows",
        rows=len(captured.rows),
        violations=len(findings.violations),
        drifted=tuple(drifted),
        window=window,
        endpoint=endpoint,
        version=version,
        lines=captured.lines,
        lines_outside_window=captured.outside,
        corrupt_lines=captured.corrupt,
        corrupt_examples=tuple(captured.corrupt_examples),
        distances={
            name: {"value": d.value, "threshold": d.threshold} for name, d in findings.distances.items()
        },
    )


def _metrics(
    profiles: Mapping[str, ColumnProfile], summary: MonitoringSummary, findings: Findings
) -> list[dict[str, Any]]:
    """List the metrics for CloudWatch, named as Model Monitor names them."""
    dimensions = [
        {"Name": "Endpoint", "Value": summary.endpoint},
        {"Name": "MonitoringSchedule", "Value": f"{summary.endpoint}-data-quality"},
    ]

    def entry(name: str, value: float, unit: str = "None") -> dict[str, Any]:
        return {"name": name, "value": float(value), "unit": unit, "dimensions": dimensions}

    metrics = [
        entry("rows", summary.rows, "Count"),
        entry("violations", summary.violations, "Count"),
        entry("corrupt_lines", summary.corrupt_lines, "Count"),
    ]
    for name, profile in profiles.items():
        if len(profile.numbers):
            metrics.append(entry(f"feature_data_{name}", float(profile.numbers.mean())))
        if profile.rows:
            metrics.append(entry(f"feature_non_null_{name}", 1 - profile.missing / profile.rows))
    metrics += [entry(f"feature_baseline_drift_{name}", d.value) for name, d in findings.distances.items()]
    return metrics


def _read(path: Path) -> dict[str, Any]:
    """Read a document of the baseline."""
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(
            "The model version has no drift baseline.",
            expected=str(path.name),
            action="Train the version again, or copy its evaluation folder.",
        ) from error
    return document


def _write(output: Path, name: str, document: Any) -> None:
    """Write one JSON document."""
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{name}.json").write_text(json.dumps(document) + "\n", encoding="utf-8")
