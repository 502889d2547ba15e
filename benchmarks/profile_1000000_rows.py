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
from pathlib import Path

from benchmarks.contenders import Contender, environment, judge_growth, times_ours
from benchmarks.profile_peers.data import generate, repeat

PEERS = Path(__file__).resolve().parent / "profile_peers"
SCRIPT = PEERS / "contender.py"
OURS, HAND_WRITTEN = "penstock", "duckdb_by_hand"
FAST = (OURS, HAND_WRITTEN, "duckdb_summarize")
SLOW = ("whylogs", "ydata_profiling")
LIMITS = {"whylogs": 20.0, "ydata_profiling": 20.0, HAND_WRITTEN: 1 / 1.3}
"""How many times as long as ours each must take at least."""


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
    contenders = {name: Contender(name, SCRIPT) for name in FAST}
    missing = {}
    for name in SLOW:
        try:
            contenders[name] = Contender(name, SCRIPT, environment(PEERS / "requirements" / f"{name}.txt"))
        except subprocess.CalledProcessError as error:
            missing[name] = error.stderr.decode()[-500:] if error.stderr else str(error)
    for turn in range(rounds):
        for one in contenders.values():
            if one.name in FAST or not turn:
                one.run(str(file))
    ours = contenders.pop(OURS)
    ratios = times_ours(ours, contenders.values())
    cpu = times_ours(ours, contenders.values(), "cpu_seconds")
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
        ours = Contender(OURS, SCRIPT)
        longer = repeat(file, rows // share // part, folder / "longer.parquet")
        ours.run(str(longer))
        shown.append({"rows": rows // share, **ours.summary()})
        print(json.dumps(shown[-1]), flush=True)
    judge_growth(shown)


if __name__ == "__main__":
    main()
