"""Experiments: every training run on record, to be compared, searched, exported and repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.experiments.runs import Run, Runs
from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.experiments.collecting import recorded
    from penstock.experiments.comparing import differences, matching
    from penstock.experiments.record import CandidateRecord, RunRecord

__all__ = ["CandidateRecord", "Run", "RunRecord", "Runs", "differences", "matching", "recorded"]

_HOMES = {
    "CandidateRecord": "record",
    "RunRecord": "record",
    "differences": "comparing",
    "matching": "comparing",
    "recorded": "collecting",
}

__getattr__ = names_from(__name__, _HOMES)
