"""Claim: 3,600,000 invoice rows are onboarded in less than 60 s and 2.5 GB of memory on two cores.

Run ``python -m benchmarks.onboarding_rows`` (``--rows`` for another size).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from penstock.onboarding import onboard_file
from penstock.specs import load_use_case

T = TypeVar("T")
CONTRACT = load_use_case(Path("examples/late_invoices")).contract("invoices")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_600_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--gigabytes", type=float, default=2.5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, generated = in_own_process(generate, asked.rows, folder)
        assert CONTRACT is not None
        started = time.monotonic()
        report = onboard_file(
            contract=CONTRACT,
            file=Path(file),
            output=folder / "out",
            arrival_id="benchmark",
            hash_key=bytes(32),
        )
        seconds = time.monotonic() - started
        megabytes = Path(file).stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    found = {
        "rows": report.rows_in, "quarantined": report.rows_quarantined, "file_megabytes": round(megabytes, 1),
        "generated_seconds": round(generated, 2), "onboarding_seconds": round(seconds, 2),
        "rows_per_second": round(report.rows_in / seconds), "peak_gigabytes": round(peak, 3),
        "cores": os.cpu_count(),
    }  # fmt: skip
    print(json.dumps(found, indent=1))
    if seconds > asked.seconds or peak > asked.gigabytes:
        sys.exit(f"more than {asked.seconds} s or {asked.gigabytes} GB")


def generate(rows: int, folder: Path) -> tuple[str, float]:
    from examples.late_invoices.generate import generate as write

    started = time.monotonic()
    [file] = write(rows, 1, 7, folder)
    return str(file), time.monotonic() - started


def in_own_process(work: Callable[..., T], *arguments: object) -> T:
    """Run in a child, so that its memory does not count."""
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


if __name__ == "__main__":
    main()
