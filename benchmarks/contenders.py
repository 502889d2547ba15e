"""Tools that race: each in a process and, if need be, an environment of its own; the best round counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]


@dataclass
class Contender:
    """A tool, the Python that runs it, and what its rounds showed.

    ``script`` takes the tool's name and further arguments; the last line that it prints is JSON with
    ``seconds`` and ``cpu_seconds``: what the call took, imports and reading not counted.
    """

    name: str
    script: Path
    python: Path = field(default_factory=lambda: Path(sys.executable))
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    cpu_inside: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)

    def run(self, *arguments: str) -> None:
        """Take a turn: from the start of the process to its end, and the call alone."""
        command = [str(self.python), str(self.script), self.name, *arguments]
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
        self.inside.append(self.said["seconds"])
        self.cpu_inside.append(self.said["cpu_seconds"])

    def summary(self) -> dict[str, float]:
        """Return the best of all rounds."""
        return {
            "seconds": round(min(self.seconds), 2),
            "seconds_of_the_call": round(min(self.inside), 2),
            "cpu_seconds_of_the_call": round(min(self.cpu_inside), 2),
            "megabytes": round(min(self.megabytes)),
        }


def environment(pinned: Path) -> Path:
    """Return the Python of an environment named after its pinned requirements; make it if need be."""
    home = PROJECT / ".penstock" / "peers" / pinned.stem
    python, stamp = home / "bin" / "python", home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != pinned.read_text():
        uv = Path(sys.executable).parent / "uv"
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, home]
        fill = [uv, "pip", "install", "--quiet", "--no-deps", "--python", python, "--requirement", pinned]
        for command in (make, fill):
            subprocess.run(command, check=True, capture_output=True)
        stamp.write_text(pinned.read_text())
    return python
