"""Invented payments of twenty columns with planted mistakes; the same for the same rows and seed."""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

_LETTERS = "['a', 'b', 'c', 'd']"
_COUNTRIES = "['DE', 'FR', 'US', 'IT', 'ES']"
BLOCK = 1_000_000


def _draw(place: int, below: int) -> str:
    """Return SQL of a whole number from zero to below that, drawn for a row and a column."""
    return f"(hash(i * 64 + {place} + seed * 1000003) % {below})::BIGINT"


def columns() -> dict[str, str]:
    """Return SQL of each column; mistakes are a thousandth of the rows or less."""

    def now_and_then(place: int, wrong: str, right: str, one_in: int = 1_009) -> str:
        return f"CASE WHEN {_draw(place, one_in)} = 0 THEN {wrong} ELSE {right} END"

    return {
        "id": now_and_then(1, "greatest(i - 1, 0)", "i", 5_003),
        "code": now_and_then(2, "NULL", f"md5({now_and_then(3, 'greatest(i - 1, 0)', 'i', 7_001)}::VARCHAR)"),
        "amount": now_and_then(4, "-1.5", f"{_draw(5, 1_000_000)} / 100.0"),
        "price": now_and_then(6, "NULL", f"{_draw(7, 100_000)} / 7.0"),
        "quantity": now_and_then(8, "777", _draw(9, 100)),
        "category": now_and_then(10, "'x'", f"{_LETTERS}[1 + {_draw(11, 4)}]"),
        "country": now_and_then(12, "'XX'", f"{_COUNTRIES}[1 + {_draw(13, 5)}]"),
        "email": now_and_then(14, "'nobody'", f"'user' || {_draw(15, 100_000)} || '@example.com'"),
        "ordered": f"DATE '2020-01-01' + {_draw(16, 1_000)}::INTEGER",
        "paid": now_and_then(17, "DATE '2019-01-01'", f"DATE '2024-01-01' + {_draw(18, 300)}::INTEGER"),
        "booked": f"TIMESTAMP '2024-01-01' + to_seconds({_draw(19, 10_000_000)})",
        "active": now_and_then(20, "NULL", f"{_draw(21, 2)} = 0"),
        "share_a": now_and_then(22, "1.5", f"{_draw(23, 1_000)} / 1000.0"),
        "share_b": f"{_draw(24, 1_000)} / 1000.0",
        "share_c": f"{_draw(25, 1_000)} / 1000.0",
        "visits": now_and_then(26, "-1", _draw(27, 50)),
        "clicks": _draw(28, 50),
        "note": f"CASE WHEN {_draw(29, 20)} > 0 THEN 'text ' || {_draw(30, 1_000)} END",
        "sku": now_and_then(31, "'Q1'", f"'P' || lpad({_draw(32, 10_000)}::VARCHAR, 5, '0')"),
        "weight": f"{_draw(33, 10_000)}::DOUBLE",
    }


def generate(rows: int, file: Path, *, first: int = 0, seed: int = 7) -> Path:
    """Write rows, numbered from the first, to a Parquet file."""
    chosen = ", ".join(f"{expression} AS {name}" for name, expression in columns().items())
    numbers = f"SELECT range AS i, {seed} AS seed FROM range({first}, {first + rows})"
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1GB'")
        connection.execute(
            f"COPY (SELECT {chosen} FROM ({numbers})) TO '{file}' (FORMAT parquet, COMPRESSION snappy)"
        )
    return file


def parts(rows: int, folder: Path, *, seed: int = 7) -> list[Path]:
    """Write files of a million rows each."""
    starts = range(0, rows, BLOCK)
    return [
        generate(min(BLOCK, rows - first), folder / f"part-{number:04d}.parquet", first=first, seed=seed)
        for number, first in enumerate(starts)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    print(generate(asked.rows, asked.file))


if __name__ == "__main__":
    main()
