"""One profile of one file by one tool; prints the seconds that its call took, imports not counted.

Run by ``benchmarks.profile_1000000_rows`` in the tool's own environment, so it imports nothing of the project
but what it measures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NUMBERS = ("BIGINT", "INTEGER", "DOUBLE")


def penstock() -> Callable[[str], object]:
    from penstock.catalog.profiles import profile_files

    return lambda file: profile_files([Path(file)]).model_dump_json()


def duckdb_by_hand() -> Callable[[str], object]:
    """Ask for counts, distinct, extremes, top values; moments, quantiles and buckets of numbers; lengths."""
    import duckdb

    return lambda file: _by_hand(duckdb.connect(), file)


def _by_hand(connection: Any, file: str) -> Any:
    scan = f"read_parquet('{file}')"
    columns = [(name, kind) for name, kind, *_ in connection.execute(f"DESCRIBE FROM {scan}").fetchall()]
    connection.execute("SET enable_progress_bar = false")
    asked = []
    for name, kind in columns:
        asked += [f"min({name})", f"max({name})", f"count({name})", f"approx_count_distinct({name})"]
        asked += [f"approx_top_k({name}, 10)"]
        if kind in NUMBERS:
            points = "[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]"
            asked += [f"avg({name})", f"stddev_samp({name})", f"approx_quantile({name}, {points})"]
        elif kind == "VARCHAR":
            asked += [f"avg(length({name}))"]
    found = iter(connection.execute(f"SELECT {', '.join(asked)} FROM {scan}").fetchall()[0])
    buckets = []
    for name, kind in columns:
        low, high, *_ = (next(found) for _ in range(8 if kind in NUMBERS else 6 if kind == "VARCHAR" else 5))
        if kind in NUMBERS:
            buckets.append(f"histogram(least(9, floor(({name} - ({low})) / {(high - low) / 10}))::INTEGER)")
    return connection.execute(f"SELECT {', '.join(buckets)} FROM {scan}").fetchall()


def duckdb_summarize() -> Callable[[str], object]:
    import duckdb

    return lambda file: duckdb.connect().execute(f"SUMMARIZE FROM read_parquet('{file}')").fetchall()


def whylogs() -> Callable[[str], object]:
    import pandas as pd
    import whylogs as why

    return lambda file: why.log(pd.read_parquet(file)).view().to_pandas()


def ydata_profiling() -> Callable[[str], object]:
    """Run the minimal report: no correlations, no plots of pairs."""
    import pandas as pd
    from ydata_profiling import ProfileReport

    return lambda file: ProfileReport(pd.read_parquet(file), minimal=True, progress_bar=False).to_json()


_ALL = (penstock, duckdb_by_hand, duckdb_summarize, whylogs, ydata_profiling)
CONTENDERS = {one.__name__: one for one in _ALL}

if __name__ == "__main__":
    profile = CONTENDERS[sys.argv[1]]()
    started, cpu = time.perf_counter(), time.process_time()
    profile(sys.argv[2])
    took = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    print(json.dumps(took))
