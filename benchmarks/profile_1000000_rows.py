"""Claim: a full profile of 1,000,000 x 20 in Parquet is 20 times faster than whylogs and ydata-profiling.

And within 1.3 times of a hand-written DuckDB query with histograms and top values. Run
``python -m benchmarks.profile_1000000_rows``. Every contender runs in a fresh process, whylogs and
ydata-profiling in uv environments of their own; they take turns, and the fastest of three rounds counts (the
two slow ones run once). ``--own ROWS`` instead profiles so many rows, ours alone, and shows time and memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.profile_peers.data import generate, repeat

PROJECT = Path(__file__).resolve().parents[1]
PEERS = Path(__file__).resolve().parent / "profile_peers"
OURS, HAND_WRITTEN = "penstock", "duckdb_by_hand"
FAST = (OURS, HAND_WRITTEN, "duckdb_summarize")
SLOW = ("whylogs", "ydata_profiling")
LIMITS = {"whylogs": 20.0, "ydata_profiling": 20.0, HAND_WRITTEN: 1 / 1.3}
"""How many times as long as ours each must take at least."""


@dataclass
class Contender:
    """A tool, the Python that runs it, and what its rounds showed."""

    name: str
    python: Path
    seconds: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def run(self, file: Path) -> None:
        """Take a turn: from the start of the process to its end, and the call alone."""
        command = [str(self.python), str(PEERS / "contender.py"), self.name, str(file)]
        with tempfile.TemporaryFile() as output:
            started = time.monotonic()
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                raise SystemExit(f"{self.name} failed: {' '.join(command)}")
            self.seconds.append(time.monotonic() - started)
            output.seek(0)
            self.inside.append(json.loads(output.read().splitlines()[-1])["seconds"])
        self.cpu_seconds.append(usage.ru_utime + usage.ru_stime)
        self.megabytes.append(usage.ru_maxrss / 1024)

    def summary(self) -> dict[str, float]:
        return {
            "seconds": round(min(self.seconds), 3),
            "seconds_in_process": round(min(self.inside), 3),
            "cpu_seconds": round(min(self.cpu_seconds), 3),
            "megabytes": round(min(self.megabytes)),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--own", type=int, metavar="ROWS")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if asked.own:
            grow(asked.own, Path(name))
        else:
            race(asked.rows, asked.rounds, Path(name))


def race(rows: int, rounds: int, folder: Path) -> None:
    """Let all contenders take turns and compare their times."""
    file = generate(rows, folder / "data.parquet")
    contenders = {name: Contender(name, Path(sys.executable)) for name in FAST}
    missing = {}
    for name in SLOW:
        try:
            contenders[name] = Contender(name, environment(name))
        except subprocess.CalledProcessError as error:
            missing[name] = error.stderr.decode()[-500:] if error.stderr else str(error)
    for turn in range(rounds):
        for one in contenders.values():
            if one.name in FAST or not turn:
                one.run(file)
    ours = contenders.pop(OURS)
    ratios = {one.name: round(min(one.seconds) / min(ours.seconds), 2) for one in contenders.values()}
    cpu = {one.name: round(min(one.cpu_seconds) / min(ours.cpu_seconds), 2) for one in contenders.values()}
    print(json.dumps({
        "rows": rows, "contenders": {one.name: one.summary() for one in (ours, *contenders.values())},
        "times_as_long_as_ours": ratios, "times_as_much_cpu_as_ours": cpu, "could_not_be_installed": missing,
        "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1),
    }, indent=1))  # fmt: skip
    if slow := {name: ratios[name] for name, limit in LIMITS.items() if ratios.get(name, limit) < limit}:
        sys.exit(f"missed: {slow}")


def grow(rows: int, folder: Path) -> None:
    """Profile more and more rows: the time must grow as they do, the memory not at all."""
    part = min(rows // 4, 1_000_000)
    file = generate(part, folder / "part.parquet")
    shown = []
    for share in (4, 1):
        ours = Contender(OURS, Path(sys.executable))
        longer = repeat(file, rows // share // part, folder / "longer.parquet")
        ours.run(longer)
        shown.append({"rows": rows // share, **ours.summary()})
        print(json.dumps(shown[-1]), flush=True)
    growth = (shown[1]["seconds"] / shown[0]["seconds"]) / (shown[1]["rows"] / shown[0]["rows"])
    print(json.dumps({"time_grows_like_rows_to": round(growth, 2), "peak_megabytes": shown[1]["megabytes"]}))
    if growth > 1.3 or shown[1]["megabytes"] > 2_000:
        sys.exit("neither linear nor flat")


def environment(name: str) -> Path:
    """Return the Python of a contender's own environment, made from its pinned requirements if need be."""
    pinned = PEERS / "requirements" / f"{name}.txt"
    home = PROJECT / ".penstock" / "peers" / name
    python, stamp = home / "bin" / "python", home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != pinned.read_text():
        uv = Path(sys.executable).parent / "uv"
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, home]
        fill = [uv, "pip", "install", "--quiet", "--python", python, "--requirement", pinned]
        for command in (make, fill):
            subprocess.run(command, check=True, capture_output=True)
        stamp.write_text(pinned.read_text())
    return python


if __name__ == "__main__":
    main()
