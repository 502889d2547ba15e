"""Twenty columns of every kind, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_GROUP = 122_880
_WORDS = np.array(
    ["late", "parcel", "order", "customer", "asked", "please", "refund", "call", "back", "soon"]
)


def generate(rows: int, file: Path, *, seed: int = 7) -> Path:
    """Write rows in groups, so that memory stays small."""
    rng = np.random.default_rng(seed)
    writer = None
    for start in range(0, rows, _GROUP):
        table = _group(rng, start, min(_GROUP, rows - start), rows)
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()
    return file


def repeat(file: Path, times: int, output: Path) -> Path:
    """Write a file's row groups again and again."""
    source = pq.ParquetFile(file)
    with pq.ParquetWriter(output, source.schema_arrow, compression="zstd") as writer:
        for _ in range(times):
            for group in range(source.num_row_groups):
                writer.write_table(source.read_row_group(group))
    return output


def _group(rng: np.random.Generator, start: int, n: int, rows: int) -> pa.Table:
    """Make the next rows."""

    def some(values: Any, missing: float) -> pa.Array:
        return pa.array(values, mask=rng.random(n) < missing)

    def texts(form: Callable[[Any], str], values: Any) -> np.ndarray:
        return np.array([form(value) for value in values.tolist()])

    columns: dict[str, Any] = {
        "id": np.arange(start, start + n),
        "customer": rng.integers(0, 50_000, n),
        "quantity": some(rng.poisson(4, n), 0.02),
        "score": rng.integers(-1_000, 1_000, n),
        "small": rng.integers(0, 5, n).astype("int32"),
        "amount": some(rng.lognormal(4, 1.2, n), 0.05),
        "balance": np.round(rng.normal(0, 1_000, n), 2),
        "ratio": some(rng.random(n), 0.1),
        "price": np.round(rng.gamma(2, 30, n), 2),
        "temperature": rng.normal(20, 5, n),
        "country": texts("country_{:02d}".format, rng.integers(0, 40, n)),
        "status": some(
            np.array(["paid", "open", "late", "void"])[rng.choice(4, n, p=[0.7, 0.2, 0.08, 0.02])], 0.01
        ),
        "product": texts("SKU-{:05d}".format, np.minimum(rng.zipf(1.3, n), 20_000)),
        "reference": texts("INV-{:08d}".format, (np.arange(start, start + n) * 7_919) % max(rows, 1)),
        "email": some(texts("user{}@example.com".format, rng.integers(0, 400_000, n)), 0.03),
        "note": some(texts(" ".join, _WORDS[rng.integers(0, 10, (n, 5))]), 0.3),
        "day": pa.array(rng.integers(18_000, 19_500, n).astype("int32")).cast(pa.date32()),
        "due": some(rng.integers(18_000, 20_000, n).astype("datetime64[D]"), 0.04),
        "created": (rng.integers(1_600_000_000, 1_700_000_000, n) * 1_000_000).astype("datetime64[us]"),
        "active": rng.random(n) < 0.3,
    }
    return pa.table(columns)
