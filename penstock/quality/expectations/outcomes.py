"""A validation in the result format of great-expectations 1.x."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from penstock.quality.expectations.suites import Types, expectation_of
from penstock.quality.results import Result, ShownRow, Validation
from penstock.specs import Rule
from penstock.specs.rule import parse_rule

_NO_TYPES: Types = MappingProxyType({})
_WITHOUT_MISSING = {"expect_column_values_to_be_null", "expect_column_values_to_not_be_null"}
_PAIRS = "expect_column_pair_"
_NO_ERROR = {"raised_exception": False, "exception_traceback": None, "exception_message": None}


def validation_result(validation: Validation, *, suite_name: str, types: Types = _NO_TYPES) -> dict[str, Any]:
    """Write a validation as great-expectations' ``ExpectationSuiteValidationResult`` has it.

    Parameters
    ----------
    validation
        What the checks found.
    suite_name
        Name of the suite that the checks stand for.
    types
        Column to its type, as :func:`~penstock.quality.expectations.write_suite` takes it.

    Returns
    -------
    dict
        JSON. Rows that break a check are listed as in its ``SUMMARY`` format, up to twenty, their values as
        text and masked where they are personal. Checks that no expectation says, and what columns'
        declarations alone demand, are left out. A check that was skipped did not succeed and says why.

    Examples
    --------
    >>> rule = {"check": "not_null", "column": "id"}
    >>> found = Validation(dataset="payments", rows=4, columns=("id",), seconds=0.1, results=(Result(
    ...     check="not_null", columns=("id",), status="failed", rows=4, broken=1, rule=rule),))
    >>> written = validation_result(found, suite_name="payments")
    >>> written["success"], written["results"][0]["result"]["unexpected_percent"]
    (False, 25.0)
    """
    results = [one for result in validation.results for one in _results(result, types)]
    good = sum(one["success"] for one in results)
    return {
        "success": good == len(results),
        "results": results,
        "suite_name": suite_name,
        "suite_parameters": {},
        "statistics": {
            "evaluated_expectations": len(results),
            "successful_expectations": good,
            "unsuccessful_expectations": len(results) - good,
            "success_percent": 100.0 * good / len(results) if results else None,
        },
        "meta": {"penstock": {"dataset": validation.dataset, "rows": validation.rows}},
        "id": None,
    }


def _results(result: Result, types: Types) -> Iterator[dict[str, Any]]:
    """Yield the result of the expectation that says the same, if there is one."""
    if result.rule is None:
        return
    configuration = expectation_of(_about(parse_rule(result.rule), result), types)
    if configuration is None:
        return
    error = {**_NO_ERROR, "raised_exception": True, "exception_message": result.skipped}
    yield {
        "success": result.status == "passed",
        "expectation_config": configuration,
        "result": _found(configuration, result),
        "meta": {},
        "exception_info": error if result.skipped else dict(_NO_ERROR),
    }


def _about(rule: Rule, result: Result) -> Rule:
    """Return a rule on several columns as the one on the result's column alone."""
    if getattr(rule, "columns", ()) and hasattr(rule, "column") and len(result.columns) == 1:
        return rule.model_copy(update={"column": result.columns[0], "columns": ()})
    return rule


def _found(configuration: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """Return what great-expectations calls the result."""
    if result.skipped:
        return {}
    if configuration["type"].startswith("expect_column_distinct_values"):
        return _sets(configuration, result)
    if result.scope == "file":
        nothing = 0 if "proportion" in configuration["type"] else None
        return {"observed_value": nothing if result.observed is None else result.observed}
    unexpected = result.broken + result.details.get("repeated_values", 0)
    asked = result.rows - result.missing
    values = [_value(row, configuration) for row in result.examples]
    found = {
        "element_count": result.rows,
        "unexpected_count": unexpected,
        "unexpected_percent": _percent(unexpected, asked),
        "partial_unexpected_list": values,
        "partial_unexpected_counts": _counts(values),
        "partial_unexpected_index_list": [row.row for row in result.examples],
    }
    if configuration["type"] in _WITHOUT_MISSING:
        return {**found, "unexpected_percent": _percent(unexpected, result.rows)}
    return {
        **found,
        "missing_count": result.missing,
        "missing_percent": _percent(result.missing, result.rows),
        "unexpected_percent_total": _percent(unexpected, result.rows),
        "unexpected_percent_nonmissing": _percent(unexpected, asked),
    }


def _sets(configuration: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """Return which values there should not be, and which are missing."""
    expected = {_text(value) for value in configuration["kwargs"]["value_set"]}
    there = set(result.observed or ())
    found: dict[str, Any] = {"observed_value": sorted(there)}
    if not configuration["type"].endswith("to_contain_set"):
        extra = sorted(there - expected)
        found |= {"unexpected_count": len(extra), "partial_unexpected_list": extra}
    if not configuration["type"].endswith("to_be_in_set"):
        absent = sorted(expected - there)
        found |= {"missing_count": len(absent), "partial_missing_list": absent}
    return found


def _text(value: Any) -> str:
    """Return a value of a list as the text that an observed value is."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(row: ShownRow, configuration: Mapping[str, Any]) -> Any:
    """Return a row's value, a pair as a list, several as a mapping."""
    if len(row.values) == 1:
        return next(iter(row.values.values()))
    if str(configuration["type"]).startswith(_PAIRS):
        return list(row.values.values())
    return dict(row.values)


def _counts(values: list[Any]) -> list[dict[str, Any]]:
    """Count equal values, the most frequent first."""
    keys = [tuple(one.values()) if isinstance(one, dict) else tuple(one) if isinstance(one, list) else one
            for one in values]  # fmt: skip
    ranked = Counter(keys).most_common()
    return [{"value": list(key) if isinstance(key, tuple) else key, "count": count} for key, count in ranked]


def _percent(part: int, whole: int) -> float | None:
    """Return a share in percent, None of nothing."""
    return 100.0 * part / whole if whole else None
