"""The trials of a tuning job: which was best, by what each says of itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from penstock.errors import NotFound
from penstock.experiments.record import CandidateRecord, read_candidate
from penstock.specs.model import MINIMISED

OUTPUT = "output.tar.gz"


def best_trial(records: Iterable[CandidateRecord], metric: str) -> CandidateRecord | None:
    """Return the trial that is best on the validation rows; of equals the first by name; None of none."""
    sign = 1.0 if metric in MINIMISED else -1.0
    measured = [one for one in records if math.isfinite(one.metrics.get(metric, math.nan))]
    return min(measured, key=lambda one: (sign * one.metrics[metric], one.job), default=None)


def trained_archive(folder: Path, candidate: Mapping[str, Any], metric: str) -> Path:
    """Return the ``model.tar.gz`` of a candidate, of its best trial if a tuning job made many.

    Parameters
    ----------
    folder
        What the training jobs of a run left, a folder a job.
    candidate
        ``job``, and ``tuned``: where it was tuned.

    Raises
    ------
    NotFound
        No trial of the tuning job succeeded.
    """
    home = folder / str(candidate["job"])
    if candidate.get("tuned") != "jobs":
        return home / "output" / "model.tar.gz"
    found = {path: read_candidate(path.read_bytes()) for path in sorted(home.glob(f"*/output/{OUTPUT}"))}
    best = best_trial((one for one in found.values() if one is not None), metric)
    if best is None:
        raise NotFound(
            "No trial of the tuning job succeeded.", found=f"{len(found)} records", where=str(home)
        )
    place = next(path for path, one in found.items() if one == best)
    return place.with_name("model.tar.gz")
