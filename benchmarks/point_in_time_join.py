"""Claim: the point-in-time join is 40 times faster than Feast, and as fast as bare engines.

1,000,000 rows with 3 views of 2,000,000 rows in all, twelve features, and a time to live: at least 40 times
Feast's default store, 3 times its DuckDB store, and within 1.2 of the faster of bare DuckDB and Polars. Run
``python -m benchmarks.point_in_time_join``. Every contender runs in a fresh process, Feast and Polars in
environments of their own; they take turns, and the fastest round counts (the slow ones run once). All write
the same rows to Parquet, which is checked. ``--own ROWS`` instead joins so many rows, ours alone, and shows
time and memory.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from itertools import chain
from pathlib import Path

from benchmarks.contenders import PROJECT, Contender, environment, times_ours
from benchmarks.join_peers import FEATURES
from benchmarks.join_peers.data import generate
from benchmarks.online_features import feast_python

SCRIPT = PROJECT / "benchmarks" / "join_peers" / "contender.py"
POLARS = PROJECT / "benchmarks" / "quality_peers" / "requirements" / "polars.txt"
OURS, FAST, SLOW = "penstock", ("penstock", "duckdb_by_hand", "polars"), ("pandas", "feast_duckdb", "feast")
INNER = frozenset({"feast"})
"""Feast's default store leaves out the rows of which some view knows nothing."""
LIMITS = {"duckdb_by_hand": 1 / 1.2, "polars": 1 / 1.2, "feast_duckdb": 3.0, "feast": 40.0}
"""How many times as long as ours each must take at least."""
MOST_MEGABYTES = 4_096


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--own", type=int, metavar="ROWS")
    parser.add_argument("--without", nargs="*", default=[], metavar="TOOL")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if asked.own:
            grow(asked.own, Path(name))
        else:
            race(asked.rows, asked.rounds, Path(name), asked.without)


def race(rows: int, rounds: int, folder: Path, without: list[str]) -> None:
    """Let all contenders take turns, compare their answers and times."""
    generate(rows, folder)
    tools = [tool for tool in (*FAST, *SLOW) if tool not in without]
    contenders = {tool: Contender(tool, SCRIPT, python(tool)) for tool in tools}
    for turn in range(rounds):
        for one in contenders.values():
            if one.name in FAST or not turn:
                one.run(str(folder), str(folder / f"{one.name}_{turn}.parquet"))
    compared = {tool: differences(folder, tool) for tool in tools[1:]}
    lost = {tool: missing for tool, (missing, _) in compared.items() if missing}
    differing = {tool: strange for tool, (_, strange) in compared.items() if strange}
    differing |= {tool: missing for tool, missing in lost.items() if tool not in INNER}
    ours = contenders.pop(OURS)
    ratios = {
        what: times_ours(ours, contenders.values(), what)
        for what in ("seconds", "inside", "cpu_seconds", "cpu_inside")
    }
    print(json.dumps({
        "rows": rows, "contenders": {one.name: one.summary() for one in (ours, *contenders.values())},
        "times_ours": ratios, "rows_that_differ": differing, "rows_that_are_lost": lost,
        "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1),
    }, indent=1))  # fmt: skip
    found = ratios["seconds"]
    missed = {tool: found[tool] for tool, limit in LIMITS.items() if found.get(tool, limit) < limit}
    if missed or differing:
        sys.exit(f"missed: {missed}, differing rows: {differing}")


def python(tool: str) -> Path:
    """Return the Python that runs a tool."""
    if tool.startswith("feast"):
        return feast_python()
    return environment(POLARS) if tool == "polars" else Path(sys.executable)


def differences(folder: Path, tool: str) -> tuple[int, int]:
    """Count the rows of ours that another does not have, and those of the other that ours does not have."""
    import duckdb

    moment = "epoch_us(event_timestamp::TIMESTAMP) AS at"
    names = ", ".join(["customer", moment, *chain.from_iterable(FEATURES.values())])
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        ours, other = (f"SELECT {names} FROM '{folder}/{one}_0.parquet'" for one in (OURS, tool))
        missing, strange = (
            connection.execute(f"SELECT count(*) FROM ({a} EXCEPT ALL {b})").fetchall()[0][0]
            for a, b in ((ours, other), (other, ours))
        )
    return int(missing), int(strange)


def grow(rows: int, folder: Path) -> None:
    """Join many rows: the memory must stay small."""
    generate(rows, folder)
    ours = Contender(OURS, SCRIPT)
    ours.run(str(folder), str(folder / "joined.parquet"))
    print(json.dumps({"rows": rows, **ours.summary(), "load_average": round(os.getloadavg()[0], 1)}))
    if ours.megabytes[0] > MOST_MEGABYTES:
        sys.exit(f"missed: {ours.megabytes[0]:.0f} MB")


if __name__ == "__main__":
    main()
