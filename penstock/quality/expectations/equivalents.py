"""Which check says the same as which expectation of great-expectations 1.x, and with which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_RANGE = {"minimum": "min_value", "maximum": "max_value"}
_STRICT_RANGE = {**_RANGE, "strict_minimum": "strict_min", "strict_maximum": "strict_max"}
_PAIR = {"column": "column_A", "other": "column_B"}
_IGNORED_PAIRS = {"all": "both_values_are_missing", "any": "either_value_is_missing", "never": "neither"}
_IGNORED_ROWS = {"all": "all_values_are_missing", "any": "any_value_is_missing", "never": "never"}


@dataclass(frozen=True)
class Equivalent:
    """A check and the expectation of the same meaning.

    Parameters
    ----------
    check, expectation
        Their names.
    fields
        Names of the check's fields to those of the expectation.
    when
        What the check's fields must be for the two to be the same.
    fixed
        What the expectation's fields must be for it.
    ignored
        How the check's ``ignore`` is called there; empty where there is no such choice.
    one
        A field of the check that holds a list of which the expectation takes one.
    """

    check: str
    expectation: str
    fields: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    one: str = ""


def _column(check: str, expectation: str, **fields: str) -> Equivalent:
    """Pair a check of one column with its expectation."""
    return Equivalent(check, expectation, {"column": "column", **fields})


EQUIVALENTS: tuple[Equivalent, ...] = (
    _column("not_null", "expect_column_values_to_not_be_null"),
    _column("null", "expect_column_values_to_be_null"),
    _column("completeness", "expect_column_proportion_of_non_null_values_to_be_between", **_STRICT_RANGE),
    _column("unique", "expect_column_values_to_be_unique"),
    Equivalent("unique", "expect_compound_columns_to_be_unique", {"columns": "column_list"},
               fixed={"ignore_row_if": "any_value_is_missing"}),
    _column("distinct_count", "expect_column_unique_value_count_to_be_between", **_STRICT_RANGE),
    _column("distinct_share", "expect_column_proportion_of_unique_values_to_be_between", **_STRICT_RANGE),
    _column("distinct_in_set", "expect_column_distinct_values_to_be_in_set", values="value_set"),
    _column("distinct_equals_set", "expect_column_distinct_values_to_equal_set", values="value_set"),
    _column("distinct_contains_set", "expect_column_distinct_values_to_contain_set", values="value_set"),
    _column(
        "most_common_in_set", "expect_column_most_common_value_to_be_in_set",
        values="value_set", ties_okay="ties_okay",
    ),
    _column("in_set", "expect_column_values_to_be_in_set", values="value_set"),
    _column("not_in_set", "expect_column_values_to_not_be_in_set", values="value_set"),
    _column("between", "expect_column_values_to_be_between", **_STRICT_RANGE),
    _column(
        "date_between", "expect_column_values_to_be_between", earliest="min_value", latest="max_value"
    ),
    _column("minimum", "expect_column_min_to_be_between", **_STRICT_RANGE),
    _column("maximum", "expect_column_max_to_be_between", **_STRICT_RANGE),
    _column("mean", "expect_column_mean_to_be_between", **_STRICT_RANGE),
    _column("median", "expect_column_median_to_be_between", **_STRICT_RANGE),
    _column("standard_deviation", "expect_column_stdev_to_be_between", **_STRICT_RANGE),
    _column("sum", "expect_column_sum_to_be_between", **_STRICT_RANGE),
    _column(
        "z_score", "expect_column_value_z_scores_to_be_less_than",
        threshold="threshold", double_sided="double_sided",
    ),
    _column(
        "not_outlier", "expect_column_values_to_not_be_outliers", method="method", multiplier="multiplier"
    ),
    _column("length", "expect_column_value_lengths_to_be_between", **_STRICT_RANGE),
    _column("length_equal", "expect_column_value_lengths_to_equal", value="value"),
    _column("matches", "expect_column_values_to_match_regex", pattern="regex"),
    _column("not_matches", "expect_column_values_to_not_match_regex", pattern="regex"),
    Equivalent("matches_any", "expect_column_values_to_match_regex_list",
               {"column": "column", "patterns": "regex_list"}, fixed={"match_on": "any"}),
    Equivalent("matches_all", "expect_column_values_to_match_regex_list",
               {"column": "column", "patterns": "regex_list"}, fixed={"match_on": "all"}),
    _column("matches_none", "expect_column_values_to_not_match_regex_list", patterns="regex_list"),
    Equivalent("like", "expect_column_values_to_match_like_pattern",
               {"column": "column", "patterns": "like_pattern"}, one="patterns"),
    _column(
        "like", "expect_column_values_to_match_like_pattern_list",
        patterns="like_pattern_list", match="match_on",
    ),
    Equivalent("not_like", "expect_column_values_to_not_match_like_pattern",
               {"column": "column", "patterns": "like_pattern"}, one="patterns"),
    Equivalent("not_like", "expect_column_values_to_not_match_like_pattern_list",
               {"column": "column", "patterns": "like_pattern_list"}, when={"match": "any"}),
    _column("date_format", "expect_column_values_to_match_strftime_format", format="strftime_format"),
    _column("json", "expect_column_values_to_be_json_parseable"),
    _column("increasing", "expect_column_values_to_be_increasing", strictly="strictly"),
    _column("decreasing", "expect_column_values_to_be_decreasing", strictly="strictly"),
    Equivalent("equal", "expect_column_pair_values_to_be_equal", _PAIR, ignored=_IGNORED_PAIRS),
    Equivalent("greater", "expect_column_pair_values_a_to_be_greater_than_b",
               {**_PAIR, "or_equal": "or_equal"}, ignored=_IGNORED_PAIRS),
    Equivalent("pair_in_set", "expect_column_pair_values_to_be_in_set",
               {**_PAIR, "pairs": "value_pairs_set"}, ignored=_IGNORED_PAIRS),
    Equivalent("equal_within_row", "expect_multicolumn_values_to_be_equal",
               {"columns": "column_list"}, ignored=_IGNORED_ROWS),
    Equivalent("unique_within_row", "expect_select_column_values_to_be_unique_within_record",
               {"columns": "column_list"}, ignored=_IGNORED_ROWS),
    Equivalent("sum_equals", "expect_multicolumn_sum_to_equal",
               {"columns": "column_list", "total": "sum_total"},
               when={"tolerance": 0.0}, ignored=_IGNORED_ROWS),
    Equivalent("row_count", "expect_table_row_count_to_be_between", _STRICT_RANGE),
    Equivalent("column_count", "expect_table_column_count_to_be_between", _RANGE),
    Equivalent("columns_match", "expect_table_columns_to_match_ordered_list",
               {"names": "column_list"}, when={"order": True, "exact": True}),
    Equivalent("columns_match", "expect_table_columns_to_match_set",
               {"names": "column_set", "exact": "exact_match"}, when={"order": False}),
    Equivalent("same_row_count", "expect_table_row_count_to_equal_other_table",
               {"dataset": "other_table_name"}),
)  # fmt: skip
"""In the order in which they are tried."""
