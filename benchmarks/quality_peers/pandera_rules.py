"""pandera: one schema, validated lazily, failure cases counted."""

from __future__ import annotations

import json
import sys

import pandas as pd
import pandera.pandas as pa
from rules import CATEGORIES, CODE, COUNTRIES, EARLIEST, EMAIL, LATEST, RULES, SKU

Check = pa.Check


def checked(*checks: pa.Check, nullable: bool = True, unique: bool = False) -> pa.Column:
    return pa.Column(None, checks=list(checks), nullable=nullable, unique=unique)


def named(name: str, check: pa.Check) -> pa.Check:
    check.name = name
    return check


def measured(found: dict[str, float], name: str, figure: str, least: float, most: float) -> pa.Check:
    def passes(values: pd.Series) -> bool:
        found[name] = float(getattr(values, figure)())
        return least <= found[name] <= most

    return Check(passes, name=name)


def schema(found: dict[str, float]) -> pa.DataFrameSchema:
    columns = {
        "id": checked(nullable=False, unique=True),
        "code": checked(named("code_written", Check.str_matches(CODE)), nullable=False, unique=True),
        "amount": checked(
            named("amount_range", Check.in_range(0, 10_000)),
            measured(found, "mean_amount", "mean", 4_000, 6_000),
        ),
        "price": checked(
            named("price_range", Check.ge(0)), measured(found, "max_price", "max", 0, 20_000), nullable=False
        ),
        "quantity": checked(
            named("quantity_range", Check.in_range(0, 99)), measured(found, "sum_quantity", "sum", 1, 1e18)
        ),
        "category": checked(
            named("category_known", Check.isin(CATEGORIES)),
            measured(found, "distinct_category", "nunique", 0, 4),
        ),
        "country": checked(named("country_known", Check.isin(COUNTRIES))),
        "email": checked(named("email_written", Check.str_matches(EMAIL))),
        "booked": checked(
            named("booked_range", Check.in_range(pd.Timestamp(EARLIEST), pd.Timestamp(LATEST)))
        ),
        "active": checked(nullable=False),
        "share_a": checked(named("share_a_range", Check.in_range(0, 1))),
        "share_b": checked(named("share_b_range", Check.in_range(0, 1))),
        "share_c": checked(named("share_c_range", Check.in_range(0, 1))),
        "visits": checked(named("visits_range", Check.ge(0))),
        "clicks": checked(named("clicks_range", Check.le(49))),
        "note": checked(named("note_length", Check.str_length(1, 8)), nullable=False),
        "sku": checked(named("sku_written", Check.str_matches(SKU))),
        "weight": checked(
            measured(found, "min_weight", "min", 0, 1e9), measured(found, "std_weight", "std", 0, 5_000)
        ),
    }
    ordered = Check(lambda frame: frame["paid"] >= frame["ordered"], name="paid_after_ordered")
    return pa.DataFrameSchema(columns, checks=[ordered])


def main() -> None:
    frame = pd.concat([pd.read_parquet(name) for name in sys.argv[1:]], ignore_index=True)
    found: dict[str, float] = {"rows": float(len(frame))}
    counts = dict.fromkeys(RULES, 0.0)
    try:
        schema(found).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for error in errors.schema_errors:
            counts |= failures(error)
    print(json.dumps({name: found.get(name, counts[name]) for name in RULES}))


def failures(error: pa.errors.SchemaError) -> dict[str, float]:
    """Count the rows of an error; a failing pair is listed once a column, so its rows are told apart."""
    reason, column = error.reason_code.name, getattr(error.schema, "name", None)
    cases = error.failure_cases
    if reason == "SERIES_CONTAINS_NULLS":
        return {f"{column}_given": float(len(cases))}
    if reason == "SERIES_CONTAINS_DUPLICATES":
        return {f"{column}_once": float(cases["failure_case"].notna().sum())}
    is_figure = not isinstance(cases, pd.DataFrame)
    return {} if is_figure else {str(error.check.name): float(cases["index"].nunique())}


main()
