"""An empty local cloud for a benchmark, the commands that run in it, and the limits that it must keep."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


@contextmanager
def empty_folder() -> Iterator[Path]:
    """Yield a folder without state or cache, and nothing synthesised; its local cloud is stopped at last."""
    shutil.rmtree(PROJECT / "cdk.out", ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="penstock-benchmark-") as name:
        folder = Path(name)
        try:
            yield folder
        finally:
            penstock(folder, "down")


def penstock(folder: Path, *arguments: str) -> float:
    """Run a command in a folder as ``make`` would, show what it prints, and return its seconds."""
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, "PYTHONPATH": str(PROJECT)}
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "penstock.cli", *arguments], cwd=folder, check=True, env=environment
    )
    return time.monotonic() - started


def conclude(**measured: tuple[float, float | None]) -> None:
    """Print values beside their limits, and fail where a limit is broken."""
    found = {name: {"measured": round(value, 2), "limit": limit} for name, (value, limit) in measured.items()}
    machine = f"{os.cpu_count()} cores, {_gigabytes():.0f} GiB, {platform.system()}"
    print(json.dumps({"machine": machine, "load_average": os.getloadavg(), **found}, indent=1))
    if broken := [name for name, (value, limit) in measured.items() if limit is not None and value > limit]:
        sys.exit(f"beyond its limit: {', '.join(broken)}")


def _gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
