"""Claim: a file of 3,600,000 invoices is accepted within 120 s of its upload, in less than 4 GB.

Run ``python -m benchmarks.onboard_3600000_rows``. The file goes through the workflow of a local cloud.
Memory is the sum of the resident sets of the emulator and of all its descendants (function workers, jobs),
sampled four times a second; pages that processes share count in each, so it is an upper bound.
"""

from __future__ import annotations

import argparse
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.empty_cloud import PROJECT, conclude, empty_folder, penstock
from benchmarks.onboarding_rows import generate, in_own_process
from local_cloud import lifecycle
from penstock.catalog import Catalog
from penstock.platform import Platform

_USE_CASE, _DATASET = "late_invoices", "invoices"
_SAMPLE_SECONDS = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_600_000)
    asked = parser.parse_args()
    with empty_folder() as folder:
        penstock(folder, "up")
        penstock(folder, "register", str(PROJECT / "examples" / _USE_CASE))
        file = Path(in_own_process(generate, asked.rows, folder)[0])
        cloud = lifecycle.connect(folder)
        catalog = Catalog(Platform.discover(cloud.session("scientist")).items("catalog"))
        sampler = MemorySampler(cloud.pid)
        started = time.monotonic()
        penstock(folder, "upload", _USE_CASE, _DATASET, str(file))
        arrival = await_outcome(catalog, timeout=600)
        seconds, peak = time.monotonic() - started, sampler.stop()
        print(arrival)
        if arrival["status"] != "accepted" or arrival["rows_in"] != asked.rows:
            raise SystemExit("the file was not accepted with all its rows")
        conclude(seconds=(seconds, 120.0), peak_gigabytes=(peak / 1e9, 4.0),
                 file_megabytes=(file.stat().st_size / 1e6, None))  # fmt: skip


def await_outcome(catalog: Catalog, timeout: float) -> dict[str, Any]:
    """Wait until the one arrival is settled and part of a snapshot, and return it."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for arrival in catalog.arrivals(_USE_CASE, _DATASET):
            if arrival.snapshot_id or arrival.status in {"refused", "failed"}:
                return arrival.model_dump(
                    mode="json", include={"status", "rows_in", "rows_curated", "rows_quarantined"}
                )
        time.sleep(0.1)
    raise SystemExit(f"not settled after {timeout} s")


class MemorySampler:
    """Keeps the highest resident memory of a process and its descendants."""

    def __init__(self, root: int) -> None:
        self._root, self._peak, self._done = root, 0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self._peak

    def _sample(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, resident_bytes(self._root))


def resident_bytes(root: int) -> int:
    """Sum the resident memory of a process and of all its descendants."""
    parents, resident = dict[int, int](), dict[int, int]()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = dict(line.split(":", 1) for line in (entry / "status").read_text().splitlines())
            except OSError:
                continue
            pid = int(entry.name)
            parents[pid] = int(fields["PPid"])
            resident[pid] = int(fields.get("VmRSS", "0 kB").split()[0]) * 1024
    return sum(size for pid, size in resident.items() if _descends(pid, root, parents))


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid and pid != root:
        pid = parents.get(pid, 0)
    return pid == root


if __name__ == "__main__":
    main()
