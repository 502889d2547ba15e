"""One Polars query."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import polars as pl
from rules import CATEGORIES, CODE, COUNTRIES, EARLIEST, EMAIL, LATEST, RULES, SKU


def repeated(name: str) -> pl.Expr:
    value = pl.col(name)
    return (value.is_duplicated() & value.is_not_null()).sum()


def outside(name: str, low: float, high: float) -> pl.Expr:
    return (~pl.col(name).is_between(low, high)).sum()


def main() -> None:
    booked = pl.col("booked").is_between(datetime.fromisoformat(EARLIEST), datetime.fromisoformat(LATEST))
    parts = {
        "id_given": pl.col("id").null_count(), "code_given": pl.col("code").null_count(),
        "price_given": pl.col("price").null_count(), "active_given": pl.col("active").null_count(),
        "note_given": pl.col("note").null_count(),
        "id_once": repeated("id"), "code_once": repeated("code"),
        "code_written": (~pl.col("code").str.contains(CODE)).sum(),
        "email_written": (~pl.col("email").str.contains(EMAIL)).sum(),
        "sku_written": (~pl.col("sku").str.contains(SKU)).sum(),
        "amount_range": outside("amount", 0, 10_000), "price_range": (pl.col("price") < 0).sum(),
        "quantity_range": outside("quantity", 0, 99), "share_a_range": outside("share_a", 0, 1),
        "share_b_range": outside("share_b", 0, 1), "share_c_range": outside("share_c", 0, 1),
        "visits_range": (pl.col("visits") < 0).sum(), "clicks_range": (pl.col("clicks") > 49).sum(),
        "category_known": (~pl.col("category").is_in(CATEGORIES)).sum(),
        "country_known": (~pl.col("country").is_in(COUNTRIES)).sum(),
        "note_length": (~pl.col("note").str.len_chars().is_between(1, 8)).sum(),
        "booked_range": (~booked).sum(), "paid_after_ordered": (pl.col("paid") < pl.col("ordered")).sum(),
        "mean_amount": pl.col("amount").mean(), "max_price": pl.col("price").max(),
        "min_weight": pl.col("weight").min(), "sum_quantity": pl.col("quantity").sum(),
        "std_weight": pl.col("weight").std(), "distinct_category": pl.col("category").n_unique(),
        "rows": pl.len(),
    }  # fmt: skip
    found = pl.scan_parquet(sys.argv[1:]).select(**parts).collect().to_dicts()[0]
    print(json.dumps({name: float(found[name]) for name in RULES}))


main()
