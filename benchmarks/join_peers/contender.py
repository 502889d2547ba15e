"""One join by one tool: ``contender.py TOOL FOLDER OUTPUT``; prints the seconds of its call, without imports.

Run by ``benchmarks.point_in_time_join`` in the tool's own environment, so it imports nothing of the project
but what it measures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.join_peers import FEATURES, TIME_TO_LIVE

Call = Callable[[], object]


def penstock(folder: Path, output: Path) -> Call:
    from penstock.features import join
    from penstock.specs import FeatureView

    views = [
        (FeatureView(
            name=view, entity={"name": "customer", "key": "customer"}, dataset="orders", timestamp="at",
            time_to_live_days=TIME_TO_LIVE, inclusive=True,
            features=[{"name": name, "aggregate": "sum", "of": "amount"} for name in names],
        ), folder / f"{view}.parquet") for view, names in FEATURES.items()
    ]  # fmt: skip
    spine = folder / "spine.parquet"
    return lambda: join(spine=spine, timestamp="event_timestamp", views=views, output=output)


def duckdb_by_hand(folder: Path, output: Path) -> Call:
    import duckdb

    features, joins = [], []
    for view, names in FEATURES.items():
        alive = f"s.event_timestamp - {view}.event_timestamp <= INTERVAL {TIME_TO_LIVE} DAY"
        features += [f"CASE WHEN {alive} THEN {view}.{name} END AS {name}" for name in names]
        joins.append(f"ASOF LEFT JOIN '{folder}/{view}.parquet' {view} ON s.customer = {view}.customer "
                     f"AND s.event_timestamp >= {view}.event_timestamp")  # fmt: skip
    rows = f"(SELECT *, row_number() OVER () AS place FROM '{folder}/spine.parquet') s"
    query = f"SELECT s.* EXCLUDE place, {', '.join(features)} FROM {rows} {' '.join(joins)} ORDER BY place"
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    return lambda: connection.execute(f"COPY ({query}) TO '{output}' (FORMAT parquet, COMPRESSION zstd)")


def polars(folder: Path, output: Path) -> Call:
    import polars as pl

    def call() -> None:
        rows = pl.scan_parquet(folder / "spine.parquet").with_row_index("place").sort("event_timestamp")
        for view, names in FEATURES.items():
            known = pl.scan_parquet(folder / f"{view}.parquet").select("customer", "event_timestamp", *names)
            rows = rows.join_asof(
                known.sort("event_timestamp"), on="event_timestamp", by="customer",
                tolerance=f"{TIME_TO_LIVE}d", check_sortedness=False,
            )  # fmt: skip
        rows.sort("place").drop("place").collect().write_parquet(output, compression="zstd")

    return call


def pandas(folder: Path, output: Path) -> Call:
    import pandas as pd

    def call() -> None:
        rows = pd.read_parquet(folder / "spine.parquet").reset_index(names="place")
        rows, alive = rows.sort_values("event_timestamp"), pd.Timedelta(days=TIME_TO_LIVE)
        for view, names in FEATURES.items():
            columns = ["customer", "event_timestamp", *names]
            known = pd.read_parquet(folder / f"{view}.parquet", columns=columns).sort_values(
                "event_timestamp"
            )
            rows = pd.merge_asof(rows, known, on="event_timestamp", by="customer", tolerance=alive)
        rows.sort_values("place").drop(columns="place").to_parquet(output, compression="zstd", index=False)

    return call


def feast(folder: Path, output: Path) -> Call:
    return _feast(folder, output, "file")


def feast_duckdb(folder: Path, output: Path) -> Call:
    return _feast(folder, output, "duckdb")


def _feast(folder: Path, output: Path, store: str) -> Call:
    """Ask Feast; its files have times with a zone."""
    from datetime import timedelta

    import pyarrow.parquet as pq
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
    from feast.types import Float64, Int64
    from feast.value_type import ValueType

    home = output.parent / f"{output.stem}_repository"
    home.mkdir()
    customer = Entity(name="customer", join_keys=["customer"], value_type=ValueType.STRING)
    views = []
    for view, names in FEATURES.items():
        pq.write_table(_zoned(pq.read_table(folder / f"{view}.parquet")), home / f"{view}.parquet")
        source = FileSource(path=str(home / f"{view}.parquet"), timestamp_field="event_timestamp",
                            created_timestamp_column="write_time")  # fmt: skip
        schema = [Field(name=name, dtype=Float64 if place % 2 else Int64) for place, name in enumerate(names)]
        views.append(FeatureView(name=view, entities=[customer], ttl=timedelta(days=TIME_TO_LIVE),
                                 schema=schema, source=source))  # fmt: skip
    repository = FeatureStore(config=RepoConfig(
        project="bench", provider="local", registry=str(home / "registry.db"), offline_store={"type": store},
        online_store=None, entity_key_serialization_version=3,
    ))  # fmt: skip
    repository.apply([customer, *views])
    asked = [f"{view}:{name}" for view, names in FEATURES.items() for name in names]

    def call() -> None:
        rows = _zoned(pq.read_table(folder / "spine.parquet")).to_pandas()
        job = repository.get_historical_features(entity_df=rows, features=asked)
        pq.write_table(job.to_arrow(), output, compression="zstd", coerce_timestamps="us")

    return call


def _zoned(table: Any) -> Any:
    """Return a table whose times have a zone."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.timestamp("us", "UTC")))
    return table


def main() -> None:
    tool, folder, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    call = globals()[tool](folder, output)
    started, before = time.perf_counter(), time.process_time()
    call()
    print(json.dumps({"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - before}))


if __name__ == "__main__":
    main()
