"""Orders of customers, and three views of what was known about them; the same for the same seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.join_peers import FEATURES, VIEWS

CUSTOMERS, DAYS = 100_000, 365
START = 1_735_689_600_000_000
_PART = 1_000_000


def generate(rows: int, folder: Path, *, seed: int = 7) -> Path:
    """Write ``spine.parquet`` and a file of each view, every pair of customer and moment once."""
    rng = np.random.default_rng(seed)
    for view, size in VIEWS.items():
        _write_view(rng, view, size, folder / f"{view}.parquet")
    writer = None
    for start in range(0, rows, _PART):
        table = _orders(rng, start // _PART, min(_PART, rows - start))
        writer = writer or pq.ParquetWriter(folder / "spine.parquet", table.schema, compression="zstd")
        writer.write_table(table, row_group_size=122_880)
    if writer:
        writer.close()
    return folder


def _pairs(rng: np.random.Generator, size: int, part: int) -> tuple[Any, Any]:
    """Draw different pairs of customer and moment, sorted; those of two parts differ by microseconds."""
    seconds = DAYS * 86_400
    drawn = np.unique(rng.integers(0, CUSTOMERS * seconds, int(size * 1.01)))
    chosen = np.sort(rng.choice(drawn, size, replace=False))
    names = np.array([f"C{number:07d}" for number in range(CUSTOMERS)])
    return names[chosen // seconds], START + (chosen % seconds) * 1_000_000 + part


def _orders(rng: np.random.Generator, part: int, size: int) -> pa.Table:
    """Make rows in no order."""
    customers, moments = _pairs(rng, size, part)
    order = rng.permutation(size)
    return pa.table({
        "customer": customers[order], "event_timestamp": pa.array(moments[order], pa.timestamp("us")),
        "amount": np.round(rng.random(size) * 1e4) / 100, "terms": rng.integers(1, 90, size),
    })  # fmt: skip


def _write_view(rng: np.random.Generator, view: str, size: int, file: Path) -> None:
    """Write feature rows as the offline store has them: by key and time."""
    customers, moments = _pairs(rng, size, 0)
    columns = {
        name: rng.random(size) if number % 2 else rng.integers(0, 1_000, size)
        for number, name in enumerate(FEATURES[view])
    }
    table = pa.table({
        "customer": customers, "event_timestamp": pa.array(moments, pa.timestamp("us")), **columns,
        "write_time": pa.array(np.full(size, START + DAYS * 86_400_000_000), pa.timestamp("us")),
        "is_deleted": np.zeros(size, dtype=bool),
    })  # fmt: skip
    pq.write_table(table, file, row_group_size=122_880, compression="zstd")
