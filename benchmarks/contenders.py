"""Tools that race: each in a process and, if need be, an environment of its own; the best round counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]


@dataclass
class Contender:
    """A tool, the Python that runs it, and what its rounds showed.

    ``script`` takes the tool's name, unless it is the tool's own, and further arguments; the last line that
    it prints is JSON. Its ``seconds`` and ``cpu_seconds``, if any, are what the call took, imports and
    reading not counted.
    """

    name: str
    script: Path
    python: Path = field(default_factory=lambda: Path(sys.executable))
    own_script: bool = False
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    cpu_inside: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)

    def run(self, *arguments: str) -> None:
        """Take a turn: from the start of the process to its end, and the call alone."""
        name = () if self.own_script else (self.name,)
        command = [str(self.python), str(self.script), *name, *arguments]
        with tempfile.TemporaryFile() as output:
            started = time.monotonic()
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                raise SystemExit(f"{self.name} failed: {' '.join(command)}")
            self.seconds.append(time.monotonic() - started)
            output.seek(0)
            self.said = json.loads(output.read().splitlines()[-1])
        self.cpu_seconds.append(usage.ru_utime + usage.ru_stime)
        self.megabytes.append(usage.ru_maxrss / 1024)
        if "seconds" in self.said:
            self.inside.append(self.said["seconds"])
            self.cpu_inside.append(self.said["cpu_seconds"])

    def summary(self) -> dict[str, float]:
        """Return the best of all rounds."""
        shown = {
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "seconds_of_the_call": self.inside,
            "cpu_seconds_of_the_call": self.cpu_inside,
            "megabytes": self.megabytes,
        }
        return {name: round(min(rounds), 2) for name, rounds in shown.items() if rounds}


def times_ours(ours: Contender, others: Iterable[Contender], what: str = "seconds") -> dict[str, float]:
    """Return how many times as much as ours each of the others takes, by the best rounds."""
    least = min(getattr(ours, what))
    return {one.name: round(min(getattr(one, what)) / least, 2) for one in others}


def judge_growth(shown: Sequence[Mapping[str, float]]) -> None:
    """Fail unless the time grows as the rows do, from the first run to the last, and memory stays flat."""
    first, last = shown[0], shown[-1]
    growth = (last["seconds"] / first["seconds"]) / (last["rows"] / first["rows"])
    print(json.dumps({"time_grows_like_rows_to": round(growth, 2), "peak_megabytes": last["megabytes"]}))
    if growth > 1.3 or last["megabytes"] > 2_000:
        sys.exit("neither linear nor flat")


def environment(pinned: Path, name: str | None = None) -> Path:
    """Return the Python of an environment with pinned requirements; make it if need be."""
    home = PROJECT / ".penstock" / "peers" / (name or pinned.stem)
    python, stamp = home / "bin" / "python", home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != pinned.read_text():
        uv = Path(sys.executable).parent / "uv"
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, home]
        fill = [uv, "pip", "install", "--quiet", "--no-deps", "--python", python, "--requirement", pinned]
        for command in (make, fill):
            subprocess.run(command, check=True, capture_output=True)
        stamp.write_text(pinned.read_text())
    return python
