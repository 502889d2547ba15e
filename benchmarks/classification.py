"""Claim: personal data are found with a precision and recall of at least 95 % on the labelled sample's held-out half,
and a file of 1,000,000 x 20 is classified in less than 2 s.

Run ``python -m benchmarks.classification`` (``--rows`` for another size). The sample ships with the tests:
tests/data/classification/columns.json; its half ``tuning`` was looked at when detectors were written.
"""

# ruff: noqa: E501

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.catalog.classification import NONE, classify_column, classify_file

SAMPLE = Path(__file__).resolve().parents[1] / "tests" / "data" / "classification" / "columns.json"


@dataclass(frozen=True)
class Measured:
    """Counts of columns of a kind, or of all kinds that are personal."""

    kind: str
    columns: int
    right: int
    """Columns of the kind that were found to be."""
    wrong: int
    """Columns found to be of the kind that are not."""

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.columns if self.columns else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    asked = parser.parse_args()
    failed = False
    for part in ("tuning", "held_out"):
        overall, kinds, mistakes = measured(sample(part))
        print(f"\n{part}: {len(sample(part))} columns")
        for one in (overall, *kinds):
            print(
                f"  {one.kind:20} columns {one.columns:4}  precision {one.precision:6.1%}  recall {one.recall:6.1%}"
            )
        for wanted, found, name in mistakes:
            print(f"  mistaken: {name!r} is {wanted}, found {found}")
        failed |= part == "held_out" and min(overall.precision, overall.recall) < 0.95
    for part in ("tuning", "held_out"):
        nameless = [{**column, "name": f"c{place}"} for place, column in enumerate(sample(part))]
        one = measured(nameless)[0]
        print(f"{part}, by values alone: precision {one.precision:.1%}, recall {one.recall:.1%}")
    seconds = timed(asked.rows)
    print(f"\n{asked.rows:,} x 20 classified in {seconds:.2f} s")
    if failed or seconds > asked.seconds:
        sys.exit("the claim does not hold")


def sample(part: str) -> list[dict[str, Any]]:
    """Return one half of the labelled columns."""
    columns: list[dict[str, Any]] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return [column for column in columns if column["part"] == part]


def measured(
    columns: Sequence[dict[str, Any]],
) -> tuple[Measured, list[Measured], list[tuple[str, str, str]]]:
    """Return counts of personal against not, counts of each kind, and the mistakes."""
    pairs = [(column["kind"], classify_column(column["name"], column["values"]).kind, column["name"])
             for column in columns]  # fmt: skip
    both = Counter((wanted != NONE, found != NONE) for wanted, found, _ in pairs)
    overall = Measured(
        "personal or not", both[True, True] + both[True, False], both[True, True], both[False, True]
    )
    kinds = [
        Measured(
            kind,
            columns=sum(wanted == kind for wanted, _, _ in pairs),
            right=sum(wanted == found == kind for wanted, found, _ in pairs),
            wrong=sum(found == kind != wanted for wanted, found, _ in pairs),
        )
        for kind in sorted({kind for wanted, found, _ in pairs for kind in (wanted, found)})
    ]
    return overall, kinds, [pair for pair in pairs if pair[0] != pair[1]]


def timed(rows: int) -> float:
    """Return the seconds that a table of 20 columns takes."""
    import duckdb

    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "table.parquet")
        duckdb.sql(
            "SELECT i AS id, uuid()::VARCHAR AS uid, 'user' || i || '@example.org' AS contact, md5(i::VARCHAR) AS digest, "
            "(random() * 1e6)::DECIMAL(12, 2) AS amount, TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS at, "
            "['M', 'F'][1 + (i % 2)] AS gender, ['Anna', 'Ben', 'Carla'][1 + (i % 3)] || ' ' || ['Smith', 'Miller'][1 + (i % 2)] "
            "AS who, (4000000000000000 + (random() * 999999999999999)::BIGINT)::VARCHAR AS reference, random() AS r1, "
            "random() AS r2, random() AS r3, (random() * 100)::INT AS quantity, 'A comment about order number ' || i || "
            "' and its delivery to the shop' || CASE WHEN i % 2000 = 0 THEN ' mail bob' || i || '@example.org' ELSE '' END "
            "AS comment, CASE WHEN i % 5000 = 0 THEN '+4479111' || lpad((i // 5000)::VARCHAR, 5, '0') END AS other, "
            "['DE', 'FR', 'US'][1 + (i % 3)] AS country, (i % 86400)::VARCHAR AS second, 'SKU-' || (i % 7777) AS sku, "
            f"i % 2 = 0 AS flag, '10.' || (i % 250) || '.' || (i % 13) || '.' || (i % 77) AS ip FROM range({rows}) t(i)"
        ).write_parquet(str(file))
        started = time.perf_counter()
        classify_file(file)
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
