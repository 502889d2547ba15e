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
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders import Contender, environment, judge_growth, times_ours
from benchmarks.quality_data import generate, parts
from benchmarks.quality_peers.rules import different

PEERS = Path(__file__).resolve().parent / "quality_peers"
OURS, HAND_WRITTEN, GX, PANDERA = "penstock", "duckdb", "great_expectations", "pandera"
NAMES = (OURS, HAND_WRITTEN, "polars", PANDERA, GX)
LIMITS = {GX: 15.0, PANDERA: 2.0, HAND_WRITTEN: 1 / 1.5}
"""How many times as long as ours each must take at least."""


def contender(name: str) -> Contender:
    """Return a tool with the environment that it needs; ours and DuckDB's are this one."""
    pinned = PEERS / "requirements" / f"{name}.txt"
    python = environment(pinned) if pinned.exists() else Path(sys.executable)
    return Contender(name, PEERS / f"{name}_rules.py", python, own_script=True)


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
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    contenders = [contender(name) for name in NAMES]
    for _ in range(rounds):
        for one in contenders:
            one.run(str(file))
    ours, *others = contenders
    wrong = {one.name: different(ours.said, one.said) for one in others}
    ratios, cpu = times_ours(ours, others), times_ours(ours, others, "cpu_seconds")
    print(json.dumps({
        "rows": rows, "rules": len(ours.said),
        "broken_rows": sum(map(int, list(ours.said.values())[:23])),
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
        ours = contender(OURS)
        ours.run(*map(str, taken))
        shown.append({"rows": int(ours.said["rows"]), **ours.summary()})
        print(json.dumps(shown[-1]))
    judge_growth(shown)


if __name__ == "__main__":
    main()
