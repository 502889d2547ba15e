"""One hand-written DuckDB query."""

from __future__ import annotations

import json
import sys

import duckdb
from rules import CATEGORIES, CODE, COUNTRIES, EARLIEST, EMAIL, FIGURES, LATEST, RULES, SKU

BROKEN = {
    "id_given": "id IS NULL", "code_given": "code IS NULL", "price_given": "price IS NULL",
    "active_given": "active IS NULL", "note_given": "note IS NULL",
    "code_written": f"NOT regexp_matches(code, '{CODE}')",
    "email_written": f"NOT regexp_matches(email, '{EMAIL}')",
    "sku_written": f"NOT regexp_matches(sku, '{SKU}')",
    "amount_range": "amount < 0 OR amount > 10000", "price_range": "price < 0",
    "quantity_range": "quantity < 0 OR quantity > 99",
    "share_a_range": "share_a < 0 OR share_a > 1", "share_b_range": "share_b < 0 OR share_b > 1",
    "share_c_range": "share_c < 0 OR share_c > 1",
    "visits_range": "visits < 0", "clicks_range": "clicks > 49",
    "category_known": f"category NOT IN {tuple(CATEGORIES)}",
    "country_known": f"country NOT IN {tuple(COUNTRIES)}",
    "note_length": "length(note) NOT BETWEEN 1 AND 8",
    "booked_range": f"booked < TIMESTAMP '{EARLIEST}' OR booked > TIMESTAMP '{LATEST}'",
    "paid_after_ordered": "paid < ordered",
}  # fmt: skip
MEASURED = {
    "mean_amount": "avg(amount)", "max_price": "max(price)", "min_weight": "min(weight)",
    "sum_quantity": "sum(quantity)", "std_weight": "stddev_samp(weight)",
    "distinct_category": "count(DISTINCT category)", "rows": "count(*)",
}  # fmt: skip
assert tuple(MEASURED) == FIGURES


def main() -> None:
    files = list(sys.argv[1:])
    with duckdb.connect() as connection:
        parts = [f"count(*) FILTER (WHERE {test}) AS {name}" for name, test in BROKEN.items()]
        parts += [f"{figure} AS {name}" for name, figure in MEASURED.items()]
        repeated = (
            f"(SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM read_parquet({files}) "
            "WHERE {0} IS NOT NULL GROUP BY {0} HAVING count(*) > 1))"
        )
        parts += [f"{repeated.format(name)} AS {name}_once" for name in ("id", "code")]
        cursor = connection.execute(f"SELECT {', '.join(parts)} FROM read_parquet({files})")
        names = [column[0] for column in cursor.description]
        found = dict(zip(names, map(float, cursor.fetchall()[0]), strict=True))
    print(json.dumps({name: found[name] for name in RULES}))


main()
