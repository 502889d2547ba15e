"""great-expectations: one suite on a pandas data frame."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe
from rules import EARLIEST, FIGURES, LATEST, RULES

MADE: dict[str, Any] = {
    "not_null": lambda r: gxe.ExpectColumnValuesToNotBeNull(column=r["column"], mostly=r.get("mostly", 1)),
    "unique": lambda r: gxe.ExpectColumnValuesToBeUnique(column=r["column"]),
    "matches": lambda r: gxe.ExpectColumnValuesToMatchRegex(column=r["column"], regex=r["pattern"]),
    "between": lambda r: gxe.ExpectColumnValuesToBeBetween(**bounded(r)),
    "in_set": lambda r: gxe.ExpectColumnValuesToBeInSet(column=r["column"], value_set=r["values"]),
    "length": lambda r: gxe.ExpectColumnValueLengthsToBeBetween(**bounded(r)),
    "date_between": lambda r: gxe.ExpectColumnValuesToBeBetween(
        column=r["column"],
        min_value=datetime.fromisoformat(EARLIEST),
        max_value=datetime.fromisoformat(LATEST),
    ),
    "greater": lambda r: gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=r["column"], column_B=r["other"], or_equal=True
    ),
    "mean": lambda r: gxe.ExpectColumnMeanToBeBetween(**bounded(r)),
    "maximum": lambda r: gxe.ExpectColumnMaxToBeBetween(**bounded(r)),
    "minimum": lambda r: gxe.ExpectColumnMinToBeBetween(**bounded(r)),
    "sum": lambda r: gxe.ExpectColumnSumToBeBetween(**bounded(r)),
    "standard_deviation": lambda r: gxe.ExpectColumnStdevToBeBetween(**bounded(r)),
    "distinct_count": lambda r: gxe.ExpectColumnUniqueValueCountToBeBetween(**bounded(r)),
    "row_count": lambda r: gxe.ExpectTableRowCountToBeBetween(min_value=r["minimum"]),
}


def bounded(rule: dict[str, Any]) -> dict[str, Any]:
    return {"column": rule["column"], "min_value": rule.get("minimum"), "max_value": rule.get("maximum")}


def main() -> None:
    frame = pd.concat([pd.read_parquet(name) for name in sys.argv[1:]], ignore_index=True)
    context = gx.get_context(mode="ephemeral")
    suite = context.suites.add(gx.ExpectationSuite(name="payments"))
    for name, rule in RULES.items():
        expectation = MADE[rule["check"]](rule)
        expectation.meta = {"rule": name}
        suite.add_expectation(expectation)
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("payments")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    found = batch.validate(suite, result_format="SUMMARY")
    answers = {}
    for result in found.results:
        name = result.expectation_config.meta["rule"]
        kind = "observed_value" if name in FIGURES else "unexpected_count"
        if kind not in result.result:
            raise SystemExit(f"{name}: {result.exception_info}")
        answers[name] = float(result.result[kind])
    print(json.dumps(answers))


main()
