"""What training costs, estimated from its time: never a bill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from penstock.experiments.record import CandidateRecord

LIST_PRICES: dict[str, float] = {
    "ml.t3.medium": 0.05,
    "ml.t3.large": 0.10,
    "ml.t3.xlarge": 0.20,
    "ml.t3.2xlarge": 0.399,
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.23,
    "ml.m5.2xlarge": 0.461,
    "ml.m5.4xlarge": 0.922,
    "ml.m5.12xlarge": 2.765,
    "ml.m5.24xlarge": 5.53,
    "ml.c5.xlarge": 0.204,
    "ml.c5.2xlarge": 0.408,
    "ml.c5.4xlarge": 0.816,
    "ml.c5.9xlarge": 1.836,
    "ml.g4dn.xlarge": 0.736,
}
"""Dollars an hour on demand in us-east-1, as AWS listed them; other regions and contracts differ, so a
platform gives its own table."""


def estimate(
    jobs: Iterable[CandidateRecord], prices: Mapping[str, float] | None = None, *, spot: bool = False
) -> dict[str, Any]:
    """Estimate what training jobs cost.

    Start-up, storage and processing jobs are not in it; of spot capacity the price on demand is told, which
    it stays below.

    Parameters
    ----------
    prices
        Dollars an hour by instance type; :data:`LIST_PRICES` when not given.

    Returns
    -------
    dict
        ``usd``, unless no job has a price; ``unpriced`` names the instance types that have none.
    """
    table = LIST_PRICES if prices is None else prices
    done = list(jobs)
    priced = [job for job in done if job.hardware.instance in table]
    unpriced = sorted({job.hardware.instance or "unknown" for job in done} - table.keys())
    usd = sum(job.seconds * table[job.hardware.instance] / 3_600 for job in priced)
    told: dict[str, Any] = {"estimate": True, "of": "training jobs", "spot": spot, "unpriced": unpriced}
    return {**told, "usd": round(usd, 6)} if priced else told
