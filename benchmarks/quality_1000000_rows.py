"""Claim: thirty rules on 1,000,000 x 20 in Parquet, 15 times faster than great-expectations, whole process.

And twice as fast as pandera, within 1.5 times of one hand-written DuckDB query, with the same answers. Run
``python -m benchmarks.quality_1000000_rows``. Every contender runs in a fresh process, the peers in uv
environments of their own; they take turns, and the fastest of three rounds counts. ``--own ROWS`` instead
validates so many rows in files of a million, ours alone, and shows time a row and memory.
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
from typing import Any

from benchmarks.quality_data import generate, parts
from benchmarks.quality_peers.rules import different

PROJECT = Path(__file__).resolve().parents[1]
PEERS = Path(__file__).resolve().parent / "quality_peers"
OURS, HAND_WRITTEN, GX, PANDERA = "penstock", "duckdb", "great_expectations", "pandera"
NAMES = (OURS, HAND_WRITTEN, "polars", PANDERA, GX)
LIMITS = {GX: 15.0, PANDERA: 2.0, HAND_WRITTEN: 1 / 1.5}
"""How many times as long as ours each must take at least."""


@dataclass
class Contender:
    """A script, the Python that runs it, and what its rounds showed."""

    name: str
    python: Path
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    answers: dict[str, float] = field(default_factory=dict)

    def run(self, files: list[Path]) -> None:
        """Take a turn: from the start of the process to its end."""
        started = time.monotonic()
        command = [str(self.python), str(PEERS / f"{self.name}_rules.py"), *map(str, files)]
        environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false"}
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds.append(time.monotonic() - started)
            if status:
                raise SystemExit(f"{self.name} failed: {' '.join(command)}")
            output.seek(0)
            self.answers = json.loads(output.read())
        self.cpu_seconds.append(usage.ru_utime + usage.ru_stime)
        self.megabytes.append(usage.ru_maxrss / 1024)

    def summary(self) -> dict[str, float]:
        return {
            "seconds": round(min(self.seconds), 3),
            "cpu_seconds": round(min(self.cpu_seconds), 3),
            "megabytes": round(min(self.megabytes)),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--own", type=int, metavar="ROWS")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        if asked.own:
            grow(asked.own, Path(name))
        else:
            race(asked.rows, asked.rounds, Path(name))


def race(rows: int, rounds: int, folder: Path) -> None:
    """Let all contenders take turns, compare answers and times."""
    file = generate(rows, folder / "payments.parquet")
    contenders = [Contender(name, environment(name)) for name in NAMES]
    for _ in range(rounds):
        for contender in contenders:
            contender.run([file])
    ours = contenders[0]
    wrong = {one.name: different(ours.answers, one.answers) for one in contenders[1:]}
    ratios = {one.name: round(min(one.seconds) / min(ours.seconds), 2) for one in contenders[1:]}
    cpu = {one.name: round(min(one.cpu_seconds) / min(ours.cpu_seconds), 2) for one in contenders[1:]}
    print(json.dumps({
        "rows": rows, "rules": len(ours.answers),
        "broken_rows": sum(map(int, list(ours.answers.values())[:23])),
        "contenders": {one.name: one.summary() for one in contenders},
        "times_as_long_as_ours": ratios, "times_as_much_cpu_as_ours": cpu,
        "different_answers": {name: found for name, found in wrong.items() if found},
        "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1),
    }, indent=1))  # fmt: skip
    slow = {name: ratios[name] for name, limit in LIMITS.items() if ratios[name] < limit}
    if slow or any(wrong.values()):
        sys.exit(f"missed: {slow or ''} different: {[name for name, found in wrong.items() if found]}")


def grow(rows: int, folder: Path) -> None:
    """Validate more and more rows: the time must grow as they do, the memory not at all."""
    files = parts(rows, folder)
    shown: list[dict[str, Any]] = []
    for share in (4, 2, 1):
        taken = files[: max(1, len(files) // share)]
        ours = Contender(OURS, Path(sys.executable))
        ours.run(taken)
        shown.append({"rows": int(ours.answers["rows"]), **ours.summary()})
        print(json.dumps(shown[-1]))
    first, last = shown[0], shown[-1]
    growth = (last["seconds"] / first["seconds"]) / (last["rows"] / first["rows"])
    print(json.dumps({"time_grows_like_rows_to": round(growth, 2), "peak_megabytes": last["megabytes"]}))
    if growth > 1.3 or last["megabytes"] > 2_000:
        sys.exit("neither linear nor flat")


def environment(name: str) -> Path:
    """Return the Python of a contender's own environment, made from its pinned requirements if need be."""
    pinned = PEERS / "requirements" / f"{name}.txt"
    if not pinned.exists():
        return Path(sys.executable)
    home = PROJECT / ".penstock" / "peers" / name
    python, stamp = home / "bin" / "python", home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != pinned.read_text():
        uv = Path(sys.executable).parent / "uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, home], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", python, "--requirement", pinned], check=True
        )
        stamp.write_text(pinned.read_text())
    return python


if __name__ == "__main__":
    main()
