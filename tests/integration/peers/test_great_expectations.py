"""Checks and their results are those of great-expectations itself, wherever both know the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
import pytest
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity

from penstock.quality.context import Context
from penstock.quality.expectations import read_suite, validation_result, write_suite
from penstock.quality.expectations.equivalents import EQUIVALENTS
from penstock.quality.expectations.shapes import SHAPES
from penstock.quality.validation import validate
from penstock.specs import Contract
from penstock.specs.base import ColumnType
from penstock.specs.rule import rule_names

COLUMNS: dict[str, ColumnType] = {
    "id": "string", "amount": "decimal", "paid": "decimal", "stock": "integer",
    "country": "string", "note": "string", "day": "string", "moment": "timestamp", "rank": "integer",
}  # fmt: skip
CLEAN: dict[str, list[Any]] = {
    "id": ["a1", "b2", "c3", "d4", "e5", "f6"],
    "amount": [1.5, 2.5, 3.5, 4.5, 5.5, 6.0],
    "paid": [1.5, 2.5, 3.5, 4.5, 5.5, 6.0],
    "stock": [1, 2, 3, 4, 5, 6],
    "country": ["DE", "FR", "DE", "ES", "DE", "FR"],
    "note": ['{"a": 1}', "[]", "1", '"x"', "null", "{}"],
    "day": ["2025-01-01", "2025-01-02", "2025-02-28", "2024-02-29", "2025-12-31", "2025-01-03"],
    "moment": [datetime(2025, 1, day) for day in range(1, 7)],
    "rank": [1, 2, 3, 4, 5, 6],
}
DIRTY: dict[str, list[Any]] = {
    "id": ["a1", "a1", None, "d4", "x", "ünïcode"],
    "amount": [1.5, None, -3.5, 4.5, 1e9, 6.0],
    "paid": [1.5, 2.5, None, 4.0, 5.5, None],
    "stock": [1, 2, None, None, 500, -6],
    "country": ["DE", "fr", None, "ES", "", "XX"],
    "note": ["{", None, "not json", '"x"', "", "{}"],
    "day": ["2025-01-01", "01.02.2025", None, "2025-02-30", "", "2025-13-01"],
    "moment": [
        datetime(2025, 1, 1),
        None,
        datetime(2020, 1, 1),
        datetime(2025, 1, 9),
        None,
        datetime(2025, 2, 1),
    ],
    "rank": [1, 3, 3, None, 2, 9],
}
NULLS: dict[str, list[Any]] = {name: [None, None] for name in COLUMNS}
DATA: dict[str, dict[str, list[Any]]] = {
    "clean": CLEAN,
    "dirty": DIRTY,
    "empty": {name: [] for name in COLUMNS},
    "one row": {name: values[:1] for name, values in CLEAN.items()},
    "all null": NULLS,
}
RULES: list[dict[str, Any]] = [
    {"check": "not_null", "column": "id"},
    {"check": "not_null", "column": "id", "mostly": 0.5},
    {"check": "null", "column": "note"},
    {"check": "completeness", "column": "stock", "minimum": 0.5},
    {"check": "unique", "column": "id"},
    {"check": "unique", "columns": ["id", "country"]},
    {"check": "distinct_count", "column": "country", "minimum": 2, "maximum": 4},
    {"check": "distinct_share", "column": "country", "minimum": 0.1, "maximum": 0.6},
    {"check": "distinct_in_set", "column": "country", "values": ["DE", "FR", "ES"]},
    {"check": "distinct_equals_set", "column": "country", "values": ["DE", "FR", "ES"]},
    {"check": "distinct_contains_set", "column": "country", "values": ["DE"]},
    {"check": "most_common_in_set", "column": "country", "values": ["DE"]},
    {"check": "in_set", "column": "country", "values": ["DE", "FR", "ES"]},
    {"check": "in_set", "column": "stock", "values": [1, 2, 3, 4, 5, 6]},
    {"check": "not_in_set", "column": "country", "values": ["XX", "fr"]},
    {"check": "between", "column": "amount", "minimum": 0, "maximum": 6},
    {"check": "between", "column": "amount", "minimum": 1.5, "strict_minimum": True, "mostly": 0.8},
    {"check": "between", "column": "stock", "maximum": 6},
    {"check": "date_between", "column": "moment", "earliest": "2025-01-01", "latest": "2025-01-31"},
    {"check": "minimum", "column": "amount", "minimum": 1.5},
    {"check": "maximum", "column": "stock", "maximum": 6},
    {"check": "mean", "column": "amount", "minimum": 1, "maximum": 5},
    {"check": "median", "column": "amount", "minimum": 1, "maximum": 4},
    {"check": "standard_deviation", "column": "amount", "minimum": 0, "maximum": 3},
    {"check": "sum", "column": "stock", "minimum": 21, "maximum": 21},
    {"check": "z_score", "column": "amount", "threshold": 1.2, "double_sided": True},
    {"check": "not_outlier", "column": "amount"},
    {"check": "not_outlier", "column": "amount", "method": "std", "multiplier": 1.4},
    {"check": "length", "column": "id", "minimum": 2, "maximum": 3},
    {"check": "length_equal", "column": "id", "value": 2},
    {"check": "matches", "column": "id", "pattern": "^[a-z][0-9]$"},
    {"check": "not_matches", "column": "id", "pattern": "^x"},
    {"check": "matches_any", "column": "id", "patterns": ["^a", "[0-9]$"]},
    {"check": "matches_all", "column": "id", "patterns": ["^[a-z]", "[0-9]$"]},
    {"check": "matches_none", "column": "id", "patterns": ["^x", "ü"]},
    {"check": "date_format", "column": "day", "format": "%Y-%m-%d"},
    {"check": "json", "column": "note"},
    {"check": "increasing", "column": "rank"},
    {"check": "increasing", "column": "rank", "strictly": True},
    {"check": "decreasing", "column": "rank"},
    *({"check": "equal", "column": "amount", "other": "paid", "ignore": ignore}
      for ignore in ("any", "all", "never")),
    {"check": "greater", "column": "amount", "other": "paid", "or_equal": True},
    {"check": "greater", "column": "stock", "other": "rank", "ignore": "all"},
    {"check": "pair_in_set", "column": "id", "other": "country", "pairs": [["a1", "DE"], ["b2", "FR"]]},
    {"check": "equal_within_row", "columns": ["amount", "paid"], "ignore": "any"},
    {"check": "unique_within_row", "columns": ["id", "country"]},
    {"check": "sum_equals", "columns": ["stock", "rank"], "total": 2},
    {"check": "row_count", "minimum": 1, "maximum": 10},
    {"check": "row_count", "minimum": 6, "maximum": 6},
    {"check": "column_count", "minimum": 9, "maximum": 9},
    {"check": "column_count", "minimum": 1, "maximum": 8},
    {"check": "columns_match", "names": list(COLUMNS), "order": True},
    {"check": "columns_match", "names": ["id", "amount"]},
    {"check": "columns_match", "names": ["id"], "exact": False},
    {"check": "quantiles", "column": "amount", "interpolation": "nearest",
     "quantiles": [{"share": 0.5, "minimum": 1, "maximum": 4}]},
    {"check": "kl_divergence", "column": "country", "values": ["DE", "FR", "ES"],
     "weights": [0.5, 0.3, 0.2], "maximum": 0.1},
]  # fmt: skip
ONLY_IN_DATABASES = {"like", "not_like", "same_row_count", "query"}
"""great-expectations itself does not answer these for data frames."""
COUNTS = ("element_count", "unexpected_count", "missing_count", "unexpected_percent")


def contract(rules: list[dict[str, Any]]) -> Contract:
    return Contract.model_validate({
        "dataset": "things", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
        "classification": "internal", "rules": rules,
        "columns": [{"name": name, "type": kind} for name, kind in COLUMNS.items()],
    })  # fmt: skip


def frame(values: dict[str, list[Any]]) -> pd.DataFrame:
    kinds = {"string": "object", "decimal": "float64", "integer": "Int64", "timestamp": "datetime64[us]"}
    return pd.DataFrame({name: pd.Series(values[name], dtype=kinds[kind]) for name, kind in COLUMNS.items()})


def ours(data: pd.DataFrame, folder: Path) -> dict[str, Any]:
    data.to_parquet(folder / "data.parquet")
    found = validate(contract(RULES), folder / "data.parquet", context=Context())
    return validation_result(found, suite_name="things", types=COLUMNS)


def theirs(data: pd.DataFrame, suite: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask great-expectations; one expectation at a time, since it answers in an order of its own."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("things")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": data})
    answers = []
    for entry in suite["expectations"]:
        kwargs = dict(entry["kwargs"])
        if kwargs.get("column") == "moment":  # JSON has no moments
            kwargs |= {name: pd.Timestamp(kwargs[name]) for name in ("min_value", "max_value")}
        expectation = ExpectationConfiguration(type=entry["type"], kwargs=kwargs).to_domain_obj()
        answers.append(batch.validate(expectation).to_json_dict())
    return answers


@pytest.fixture(scope="module")
def suite() -> dict[str, Any]:
    written, left = write_suite(contract(RULES).rules, name="things", types=COLUMNS)
    assert left == ()
    return written


@pytest.mark.parametrize("name", DATA)
def test_results_are_those_of_great_expectations(name: str, suite: dict[str, Any], tmp_path: Path) -> None:
    data = frame(DATA[name])
    mine, its = ours(data, tmp_path)["results"], theirs(data, suite)
    differences = [one for pair in zip(mine, its, strict=True) for one in _differences(*pair)]
    assert differences == []


def _differences(mine: dict[str, Any], its: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield what two results say differently: success, counts, what was observed, which rows."""
    said = mine["expectation_config"]
    about = said["type"], said["kwargs"]
    if mine["success"] != its["success"]:
        yield (*about, "success", mine["success"], its["success"])
    for count in COUNTS:
        expected = its["result"].get(count)
        if expected is not None and mine["result"].get(count) != pytest.approx(expected):
            yield (*about, count, mine["result"].get(count), expected)
    expected = its["result"].get("observed_value")
    if isinstance(expected, int | float):
        observed = mine["result"]["observed_value"]
        if float("nan" if observed is None else observed) != pytest.approx(expected, nan_ok=True):
            yield (*about, "observed", observed, expected)


def test_a_suite_that_was_written_is_read_as_the_same_rules(suite: dict[str, Any]) -> None:
    imported = read_suite(suite)
    assert imported.refused == ()
    assert [rule.model_dump() for rule in imported.rules] == [
        rule.model_dump() for rule in contract(RULES).rules
    ]


def test_great_expectations_takes_the_suite(suite: dict[str, Any]) -> None:
    read = gx.ExpectationSuite(**suite)
    assert len(read.expectations) == len(RULES)


def test_a_suite_of_great_expectations_is_read(tmp_path: Path) -> None:
    written = gx.ExpectationSuite(
        name="made there",
        expectations=[
            ExpectationConfiguration(
                type=name, kwargs=kwargs, severity=FailureSeverity(severity)
            ).to_domain_obj()
            for name, kwargs, severity in (
                ("expect_column_values_to_be_between", {"column": "amount", "min_value": 0}, "warning"),
                (
                    "expect_column_pair_values_to_be_equal",
                    {"column_A": "amount", "column_B": "paid"},
                    "critical",
                ),
                ("expect_table_row_count_to_equal", {"value": 6}, "critical"),
                (
                    "expect_column_values_to_match_json_schema",
                    {"column": "note", "json_schema": {}},
                    "critical",
                ),
            )
        ],
    ).to_json_dict()
    imported = read_suite(written)
    assert [(rule.name, rule.model_dump()["severity"]) for rule in imported.rules] == [
        ("between", "warn"), ("equal", "quarantine"), ("row_count", "quarantine"),
    ]  # fmt: skip
    assert imported.rules[1].model_dump()["ignore"] == "all"
    assert [(one.place, one.why) for one in imported.refused] == [
        (3, "there is no check of the same meaning")
    ]


def test_every_check_that_has_an_expectation_is_compared() -> None:
    known = ({one.check for one in EQUIVALENTS} | {one.check for one in SHAPES}) - ONLY_IN_DATABASES
    assert known <= set(rule_names("check"))
    assert known == {rule["check"] for rule in RULES}
