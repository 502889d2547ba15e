"""A small invoice-like use case and its curated rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.specs import UseCase

# Idle OpenMP threads sleep, as in the jobs: tests share the machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROWS = 1_200


def use_case(**model: Any) -> UseCase:
    columns = [
        {"name": "id", "type": "string", "key": True},
        {"name": "land", "type": "string"},
        {"name": "amount", "type": "decimal"},
        {"name": "lines", "type": "integer"},
        {"name": "disputed", "type": "boolean"},
        {"name": "day", "type": "date"},
        {"name": "late", "type": "integer"},
    ]
    return UseCase.model_validate(
        {
            "name": "invoices",
            "title": "t",
            "owner": "o",
            "risk": {},
            "datasets": [
                {
                    "dataset": "rows",
                    "owner": "o",
                    "steward": "s",
                    "purpose": "p",
                    "legal_basis": "l",
                    "classification": "internal",
                    "columns": columns,
                }
            ],
            "model": {
                "dataset": "rows",
                "target": {"column": "late", "above": 0},
                "features": ["land", "amount", "lines", "disputed"],
                "split": {"column": "id"},
                "candidates": [{"name": "linear", "algorithm": "logistic_regression"}],
                **model,
            },
        }
    )


def rows(count: int = ROWS, seed: int = 1) -> dict[str, list[Any]]:
    rng = np.random.default_rng(seed)
    amount = rng.exponential(100, count)
    late = np.round(amount / 20 + rng.normal(0, 3, count) - 4).astype(int)
    return {
        "id": [f"I{n:06d}" for n in range(count)],
        "land": [None if n % 17 == 0 else ["DE", "FR", "IT"][n % 3] for n in range(count)],
        "amount": [None if n % 11 == 0 else float(value) for n, value in enumerate(amount)],
        "lines": [int(value) for value in rng.integers(1, 9, count)],
        "disputed": [bool(value) for value in rng.random(count) < 0.2],
        "day": [date(2026, 1, 1) + timedelta(days=n // 40) for n in range(count)],
        "late": [int(value) for value in late],
    }


Curated = Callable[..., Path]


@pytest.fixture
def curated(tmp_path: Path) -> Curated:
    """Write columns as two arrivals of curated Parquet and return the folder."""

    def write(columns: dict[str, list[Any]] | None = None) -> Path:
        chosen = columns or rows()
        types = {"land": pa.string(), "amount": pa.float64(), "late": pa.int64()}
        table = pa.table({name: pa.array(values, types.get(name)) for name, values in chosen.items()})
        half = table.num_rows // 2
        for arrival, part in (("a1", table.slice(0, half)), ("a2", table.slice(half))):
            folder = tmp_path / "data" / f"arrival={arrival}"
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(part, folder / "part-00000.parquet")
        return tmp_path / "data"

    return write


@pytest.fixture
def make_use_case() -> Callable[..., UseCase]:
    return use_case


@pytest.fixture
def make_rows() -> Callable[..., dict[str, list[Any]]]:
    return rows
