"""Every check on data that keep it and data that break it, read as texts and as typed values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace as Record
from typing import TYPE_CHECKING, Any

import pytest

from penstock.quality import Context
from penstock.specs import Contract
from penstock.specs.rule import parse_rule, rule_names
from tests.integration.quality.asking import COLUMNS, Row, connect, contract, of_texts, of_typed

if TYPE_CHECKING:
    import duckdb

IBAN = "GB82 WEST 1234 5698 7654 32"


def texts(*values: str | None) -> list[Row]:
    return [{"text": value} for value in values]


def numbers(*values: float | None) -> list[Row]:
    return [{"number": None if value is None else str(value), "whole": None} for value in values]


PROFILE: Any = {
    "number": Record(count=100, nulls=0, top=(), histogram=[
        Record(lower=0.0, upper=1.0, count=50), Record(lower=1.0, upper=2.0, count=50)]),
    "text": Record(count=100, nulls=10, top=[Record(value="a", count=60), Record(value="b", count=30)],
                   histogram=()),
}  # fmt: skip
NAMES = tuple(column["name"] for column in COLUMNS)
CONTEXT = Context(
    now=datetime(2025, 6, 1, tzinfo=UTC), columns=NAMES, row_counts=(2, 2, 2), profile=PROFILE,
    references={"countries": "countries"},
)  # fmt: skip

# rule, rows that keep it, further rows that break it, how many of these do (a file breaks once)
# ruff: noqa: E501 - a case a line
CASES: list[tuple[dict[str, Any], list[Row], list[Row], int]] = [
    ({"check": "not_null", "column": "text"}, texts("x"), texts(None), 1),
    ({"check": "null", "column": "text"}, texts(None), texts("x"), 1),
    ({"check": "between", "column": "number", "minimum": 1, "maximum": 2}, numbers(1, 2, None), numbers(2.1), 1),
    ({"check": "between", "column": "number", "minimum": 1, "strict_minimum": True, "maximum": 2,
      "strict_maximum": True}, numbers(1.5), numbers(1, 2), 2),
    ({"check": "between", "column": "whole", "minimum": 9007199254740993}, [{"whole": "9007199254740993"}],
     [{"whole": "9007199254740992"}], 1),
    ({"check": "positive", "column": "number"}, numbers(0.1), numbers(0, -1), 2),
    ({"check": "non_negative", "column": "whole"}, [{"whole": "0"}], [{"whole": "-1"}], 1),
    ({"check": "in_set", "column": "text", "values": ["a", "it's"]}, texts("it's"), texts("A"), 1),
    ({"check": "in_set", "column": "whole", "values": [0, 1]}, [{"whole": "1"}], [{"whole": "2"}], 1),
    ({"check": "in_set", "column": "flag", "values": [True]}, [{"flag": "true"}], [{"flag": "false"}], 1),
    ({"check": "in_set", "column": "moment", "values": ["2025-01-01T02:00:00+02:00"]},
     [{"moment": "2025-01-01 00:00:00"}], [{"moment": "2025-01-01 02:00:00"}], 1),
    ({"check": "not_in_set", "column": "day", "values": ["2025-01-01"]},
     [{"day": "2025-01-02"}, {}], [{"day": "2025-01-01"}], 1),
    ({"check": "matches", "column": "text", "pattern": "^a'b"}, texts("a'bc"), texts("xa'b"), 1),
    ({"check": "not_matches", "column": "text", "pattern": "b"}, texts("a"), texts("abc"), 1),
    ({"check": "matches_any", "column": "text", "patterns": ["^a", "z$"]}, texts("ab", "bz"), texts("b"), 1),
    ({"check": "matches_all", "column": "text", "patterns": ["^a", "z$"]}, texts("az"), texts("ab", "bz"), 2),
    ({"check": "matches_none", "column": "text", "patterns": ["^a", "z$"]}, texts("b"), texts("ab", "bz"), 2),
    ({"check": "like", "column": "text", "patterns": ["a%", "_b"]}, texts("ab", "xb"), texts("xyb"), 1),
    ({"check": "like", "column": "text", "patterns": ["a%", "_b"], "match": "all"}, texts("ab"), texts("xb"), 1),
    ({"check": "not_like", "column": "text", "patterns": ["a%", "_b"]}, texts("c"), texts("xb"), 1),
    ({"check": "not_like", "column": "text", "patterns": ["a%", "_b"], "match": "all"}, texts("xb"),
     texts("ab"), 1),
    ({"check": "length", "column": "text", "minimum": 2, "maximum": 3}, texts("éé"), texts("é"), 1),
    ({"check": "length_equal", "column": "text", "value": 2}, texts("éé"), texts("é"), 1),
    ({"check": "type", "column": "text", "values": ["integer", "date"]}, texts("2025-01-01", "7"), texts("x"), 1),
    ({"check": "date_format", "column": "text", "format": "%d.%m.%Y"}, texts("31.12.2025"), texts("31.13.2025"), 1),
    ({"check": "json", "column": "text"}, texts('{"a": [1]}'), texts("{a}"), 1),
    ({"check": "json_schema", "column": "text", "shape": {
        "type": "object", "required": ["id"], "additionalProperties": False, "properties": {
            "id": {"type": "integer", "minimum": 1}, "kind": {"enum": ["a", "b"]},
            "name": {"type": "string", "maxLength": 3, "pattern": "^x"}}}},
     texts('{"id": 1}', '{"id": 2, "kind": "a", "name": "xyz"}'),
     texts("[]", '{"id": 0}', '{"kind": "a"}', '{"id": 1, "kind": "c"}', '{"id": 1, "name": "wxyz"}',
           '{"id": 1, "extra": 1}', '{"id": 1.5}', "no"), 8),
    ({"check": "email", "column": "text"}, texts("a.b+c@example.co.uk"), texts("a@b", "a b@example.com", "@x.de"), 3),
    ({"check": "url", "column": "text"}, texts("https://example.com:8080/a?b#c", "ftp://[::1]/x"),
     texts("example.com", "http://a b"), 2),
    ({"check": "card_number", "column": "text"}, texts("4111 1111 1111 1111", "378282246310005"),
     texts("4111111111111112", "1234"), 2),
    ({"check": "iban", "column": "text"}, texts(IBAN, "NO9386011117947"), texts(IBAN.replace("32", "33"), "x"), 2),
    ({"check": "social_security_number", "column": "text"}, texts("123-45-6789"),
     texts("000-45-6789", "123-00-6789", "987-65-4320"), 3),
    ({"check": "date_between", "column": "day", "earliest": "2025-01-01", "latest": "2025-01-31"},
     [{"day": "2025-01-31"}], [{"day": "2025-02-01"}, {"day": "2024-12-31"}], 2),
    ({"check": "not_before", "column": "day", "other": "other"}, [{"day": "2025-01-01", "other": "2025-01-01"}],
     [{"day": "2025-01-01", "other": "2025-01-02"}], 1),
    ({"check": "not_after", "column": "day", "other": "other"}, [{"day": "2025-01-01", "other": "2025-01-02"}],
     [{"day": "2025-01-03", "other": "2025-01-02"}], 1),
    ({"check": "not_in_future", "column": "moment"}, [{"moment": "2025-06-01 00:00:00"}],
     [{"moment": "2025-06-01 00:00:01"}], 1),
    ({"check": "unique", "column": "text"}, texts("a", "b", "B"), texts("b", "b"), 2),
    ({"check": "unique", "column": "text", "ignore_case": True}, texts("a", "b"), texts("B"), 1),
    ({"check": "unique", "column": "whole"}, [{"whole": "1"}, {"whole": "7"}], [{"whole": "1"}], 1),
    ({"check": "unique", "columns": ["text", "whole"]},
     [{"text": "a", "whole": "1"}, {"text": "a", "whole": "2"}, {"text": "a"}, {"text": "a"}],
     [{"text": "a", "whole": "1"}], 1),
    ({"check": "increasing", "column": "number"}, numbers(1, None, 1, 2), numbers(1.5), 1),
    ({"check": "increasing", "column": "number", "strictly": True}, numbers(1, 2), numbers(2), 1),
    ({"check": "decreasing", "column": "day"}, [{"day": "2025-01-02"}, {"day": "2025-01-02"}],
     [{"day": "2025-01-03"}], 1),
    ({"check": "z_score", "column": "number", "threshold": 2}, numbers(*[1.0, 2.0] * 10), numbers(50), 1),
    ({"check": "not_outlier", "column": "number"}, numbers(*[1.0, 2.0, 3.0] * 4), numbers(50), 1),
    ({"check": "not_outlier", "column": "number", "method": "std", "multiplier": 3.0}, numbers(*[1.0, 2.0] * 10),
     numbers(50), 1),
    ({"check": "equal", "column": "number", "other": "whole"}, [{"number": "1", "whole": "1"}, {"number": "1"}],
     [{"number": "1", "whole": "2"}], 1),
    ({"check": "equal", "column": "number", "other": "whole", "ignore": "all"}, [{}],
     [{"number": "1"}, {"number": "1", "whole": "2"}], 2),
    ({"check": "greater", "column": "number", "other": "figure"}, [{"number": "2", "figure": "1"}],
     [{"number": "1", "figure": "1"}], 1),
    ({"check": "greater", "column": "number", "other": "figure", "or_equal": True},
     [{"number": "1", "figure": "1"}], [{"number": "1", "figure": "1.1"}], 1),
    ({"check": "pair_in_set", "column": "text", "other": "whole", "pairs": [["a", 1], ["b", 2]]},
     [{"text": "a", "whole": "1"}], [{"text": "a", "whole": "2"}], 1),
    ({"check": "unique_within_row", "columns": ["text", "word"]}, [{"text": "a", "word": "b"}, {"text": "a"}],
     [{"text": "a", "word": "a"}], 1),
    ({"check": "equal_within_row", "columns": ["number", "figure", "whole"]},
     [{"number": "1", "figure": "1", "whole": "1"}], [{"number": "1", "figure": "1", "whole": "2"}], 1),
    ({"check": "sum_equals", "columns": ["number", "figure"], "total": 1, "tolerance": 0.001},
     [{"number": "0.1", "figure": "0.9"}], [{"number": "0.1", "figure": "0.8"}], 1),
    ({"check": "satisfies", "expression": "number * 2 <= whole AND text <> 'bad'"},
     [{"number": "1", "whole": "2", "text": "x"}, {"number": "9"}], [{"number": "2", "whole": "3", "text": "x"}], 1),
    ({"check": "query", "query": "SELECT text FROM dataset GROUP BY text HAVING count(*) > 2"},
     texts("a", "a"), texts("a"), 1),
    ({"check": "query", "query": "SELECT sum(number) / count(*) FROM dataset WHERE number > 0", "minimum": 1},
     numbers(1, 2, -9), numbers(0.1, 0.1), 1),
    ({"check": "foreign_key", "column": "text", "dataset": "countries", "keys": ["code"]},
     texts("DE", None), texts("XX", "YY"), 2),
    ({"check": "minimum", "column": "number", "minimum": 1}, numbers(1, 2), numbers(0), 1),
    ({"check": "maximum", "column": "number", "maximum": 2}, numbers(1, 2), numbers(3), 1),
    ({"check": "mean", "column": "number", "maximum": 2}, numbers(1, 3), numbers(3), 1),
    ({"check": "median", "column": "number", "maximum": 2.5}, numbers(1, 2, 3, 90), numbers(3), 1),
    ({"check": "standard_deviation", "column": "number", "maximum": 1}, numbers(1, 2), numbers(9), 1),
    ({"check": "sum", "column": "number", "maximum": 3}, numbers(1, 2, None), numbers(1), 1),
    ({"check": "quantiles", "column": "number", "quantiles": [{"share": 0.5, "minimum": 1, "maximum": 2}]},
     numbers(1, 2, 3), numbers(9), 1),
    ({"check": "quantiles", "column": "number", "interpolation": "nearest",
      "quantiles": [{"share": 0.5, "minimum": 2, "maximum": 2}]}, numbers(1, 2, 8), numbers(9, 9), 1),
    ({"check": "completeness", "column": "text", "minimum": 0.5}, texts("a", None), texts(None), 1),
    ({"check": "distinct_count", "column": "text", "maximum": 2}, texts("a", "b", "b"), texts("c"), 1),
    ({"check": "distinct_share", "column": "text", "minimum": 0.5}, texts("a", "b", "b"), texts("b", "b"), 1),
    ({"check": "unique_share", "column": "text", "minimum": 0.5}, texts("a", "b", "c", "c"), texts("c"), 1),
    ({"check": "distinct_in_set", "column": "text", "values": ["a", "b"]}, texts("a", "a"), texts("c"), 1),
    ({"check": "distinct_equals_set", "column": "text", "values": ["a", "b"]}, texts("b", "a"), texts("c"), 1),
    ({"check": "distinct_contains_set", "column": "text", "values": ["a"]}, texts("b", "a"), [], 0),
    ({"check": "most_common_in_set", "column": "text", "values": ["a"]}, texts("a", "a", "b"), texts("b"), 1),
    ({"check": "most_common_in_set", "column": "text", "values": ["a"], "ties_okay": True},
     texts("a", "a", "b", "b"), texts("b"), 1),
    ({"check": "entropy", "column": "text", "minimum": 0.69}, texts("a", "b"), texts("a"), 1),
    ({"check": "mutual_information", "column": "text", "other": "word", "minimum": 0.69},
     [{"text": "a", "word": "x"}, {"text": "b", "word": "y"}], [{"text": "a", "word": "y"}], 1),
    ({"check": "correlation", "column": "number", "other": "figure", "minimum": 0.9},
     [{"number": "1", "figure": "2"}, {"number": "2", "figure": "4"}], [{"number": "3", "figure": "-9"}], 1),
    ({"check": "kl_divergence", "column": "text", "values": ["a", "b"], "weights": [0.5, 0.5], "maximum": 0.1},
     texts("a", "b"), texts("a", "a", "a"), 1),
    ({"check": "kl_divergence", "column": "number", "edges": [0, 1, 2], "weights": [0.5, 0.5], "maximum": 0.1},
     numbers(0.5, 1.0), numbers(1.5, 1.5, 1.5), 1),
    *[({"check": "distribution_distance", "column": "number", "method": method, "maximum": 0.05},
       numbers(0.5, 1.5), numbers(1.5, 9, 9), 1)
      for method in ("psi", "kolmogorov_smirnov", "l_infinity", "chi_square", "kl", "jensen_shannon")],
    ({"check": "distribution_distance", "column": "text", "method": "psi", "maximum": 0.05},
     texts("a", "a", "b"), texts("z", "z"), 1),
    ({"check": "row_count", "minimum": 1, "maximum": 1}, texts("a"), texts("b"), 1),
    ({"check": "row_count_history", "max_change": 0.4}, texts("a", "b"), texts("c"), 1),
    ({"check": "row_count_history", "max_z_score": 3}, texts("a", "b"), texts("c"), 1),
    ({"check": "same_row_count", "dataset": "countries"}, texts("a", "b"), texts("c"), 1),
    ({"check": "freshness", "column": "moment", "hours": 24}, [{"moment": "2025-05-31 12:00:00"}], [], 0),
    ({"check": "column_count", "minimum": len(COLUMNS)}, texts("a"), [], 0),
    ({"check": "columns_match", "names": list(NAMES[::-1])}, texts("a"), [], 0),
]  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as one:
        one.execute("CREATE TABLE countries AS SELECT unnest(['DE', 'FR']) AS code")
        yield one


def only_asked(rule: dict[str, Any]) -> Contract:
    """Make a contract of the columns that a rule reads: fewer are planned faster."""
    used = parse_rule(rule).reads() or ("text",)
    return contract(rule, columns=[column for column in COLUMNS if column["name"] in used])


def both(
    connection: duckdb.DuckDBPyConnection,
    rule: dict[str, Any],
    rows: Sequence[Row],
    context: Context = CONTEXT,
) -> tuple[int, str]:
    """Return how many rows break a rule, and its status; texts and typed data must agree."""
    asked = only_asked(rule)
    [text], [typed] = (of(connection, asked, rows, context) for of in (of_texts, of_typed))
    row = text.condition.scope == "row"
    assert (text.broken, text.status) == (typed.broken, typed.status)
    assert not row or (text.rows, text.missing) == (typed.rows, typed.missing)
    assert [row for row, _ in text.examples] == [one.row for one in typed.examples][: len(text.examples)]
    assert bool(text.broken) == bool(text.examples)
    return typed.broken, typed.status


@pytest.mark.parametrize(("rule", "good", "bad", "broken"), CASES)
def test_a_check_tells_good_data_from_bad(
    connection: duckdb.DuckDBPyConnection, rule: dict[str, Any], good: list[Row], bad: list[Row], broken: int
) -> None:
    assert both(connection, rule, good) == (0, "passed")
    if bad:
        assert both(connection, rule, [*good, *bad]) == (broken, "failed")


def test_every_check_has_a_case() -> None:
    assert set(rule_names("check")) == {rule["check"] for rule, *_ in CASES}


FAILS_ON_NOTHING = {"minimum", "maximum", "mean", "median", "standard_deviation", "quantiles", "distinct_share",
                    "unique_share", "most_common_in_set", "distinct_equals_set", "distinct_contains_set",
                    "row_count", "row_count_history", "same_row_count", "freshness", "entropy", "correlation",
                    "mutual_information", "kl_divergence", "distribution_distance", "completeness",
                    "query"}  # fmt: skip


@pytest.mark.parametrize("rows", [[], [{}]], ids=["no row", "a row of nothing"])
def test_rows_break_nothing_where_there_is_nothing(
    connection: duckdb.DuckDBPyConnection, rows: list[Row]
) -> None:
    asked = contract(*[rule for rule, *_ in CASES])
    found, typed = (of(connection, asked, rows, CONTEXT) for of in (of_texts, of_typed))
    assert [(one.broken, one.status) for one in found] == [(one.broken, one.status) for one in typed]
    failed = {one.check for one in typed if one.status == "failed"}
    assert failed <= (FAILS_ON_NOTHING | {"not_null"} if rows else FAILS_ON_NOTHING)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"check": "freshness", "column": "day", "hours": 1}, "present moment"),
        ({"check": "not_in_future", "column": "day"}, "present moment"),
        ({"check": "row_count_history", "max_change": 0.5}, "0 accepted arrivals"),
        (
            {"check": "foreign_key", "column": "text", "dataset": "countries"},
            "no accepted snapshot of countries",
        ),
        ({"check": "same_row_count", "dataset": "countries"}, "no accepted snapshot of countries"),
        ({"check": "distribution_distance", "column": "number", "maximum": 0.1}, "no accepted snapshot"),
    ],
)
@pytest.mark.parametrize("severity", ["warn", "quarantine", "refuse"])
def test_a_check_without_its_context_is_skipped_and_says_so(
    connection: duckdb.DuckDBPyConnection, rule: dict[str, Any], words: str, severity: str
) -> None:
    asked = contract({**rule, "severity": severity})
    [outcome] = of_texts(connection, asked, texts("a"), Context())
    [result] = of_typed(connection, asked, texts("a"), Context())
    assert (outcome.status, result.status) == ("skipped", "skipped")
    assert words in outcome.condition.skipped
    assert result.skipped == outcome.condition.skipped
    assert outcome.passed


@pytest.mark.parametrize(
    ("names", "more", "status"),
    [(NAMES[::-1], {}, "passed"), (NAMES[::-1], {"order": True}, "failed"), (NAMES, {"order": True}, "passed"),
     (NAMES[:2], {}, "failed"), (NAMES[:2], {"exact": False, "order": True}, "passed"),
     ((*NAMES, "more"), {}, "failed")],
)  # fmt: skip
def test_columns_are_compared_with_those_of_the_file(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], more: dict[str, Any], status: str
) -> None:
    assert both(connection, {"check": "columns_match", "names": list(names), **more}, [{}])[1] == status


def test_old_data_are_not_fresh(connection: duckdb.DuckDBPyConnection) -> None:
    rule = {"check": "freshness", "column": "moment", "hours": 1}
    assert both(connection, rule, [{"moment": "2025-05-31 12:00:00"}]) == (1, "failed")


@pytest.mark.parametrize(("value", "distance"), [("psi", 0.8047189562), ("l_infinity", 0.25), ("kl", 0.1308)])
def test_distances_are_those_of_the_formula(
    connection: duckdb.DuckDBPyConnection, value: str, distance: float
) -> None:
    """Shares 1/4 and 3/4 now, 1/2 and 1/2 before; 0.25 * ln(3) of the index is 0.2746531."""
    rule = {"check": "distribution_distance", "column": "number", "method": value, "maximum": 1}
    [found] = of_typed(connection, contract(rule), numbers(0.5, 1.5, 1.5, 1.5), CONTEXT)
    expected = {"psi": 0.2746531, "l_infinity": 0.25, "kl": 0.1308}
    assert found.observed == pytest.approx(expected[value], abs=1e-4)


def test_values_of_sensitive_columns_are_never_shown(connection: duckdb.DuckDBPyConnection) -> None:
    columns = [{"name": "secret", "type": "string", "sensitivity": "special"},
               {"name": "salary", "type": "decimal", "sensitivity": "personal"}]  # fmt: skip
    asked = contract(
        {"check": "in_set", "column": "secret", "values": ["a"]},
        {"check": "most_common_in_set", "column": "secret", "values": ["a"]},
        {"check": "distinct_in_set", "column": "secret", "values": ["a"]},
        {"check": "minimum", "column": "salary", "minimum": 1_000_000},
        {"check": "quantiles", "column": "salary", "quantiles": [{"share": 0.5, "minimum": 1_000_000}]},
        {"check": "satisfies", "expression": "salary > 1000000 AND secret = 'a'"},
        columns=columns,
    )
    rows: list[Row] = [{"secret": "hidden", "salary": "4711"}]
    texts_found = of_texts(connection, asked, rows, CONTEXT)
    typed_found = of_typed(connection, asked, rows, CONTEXT)
    assert all(one.broken for one in (*texts_found, *typed_found))
    said = str(texts_found) + "".join(one.model_dump_json() for one in typed_found)
    assert "hidden" not in said
    assert "4711" not in said
