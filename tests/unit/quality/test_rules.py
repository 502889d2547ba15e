"""Each rule on values that keep it and values that break it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import InvalidSpec
from penstock.quality import Outcome, bad_rows, compile_contract, scan, source
from penstock.specs import Contract
from penstock.specs.rule import KINDS, Rule, parse_rule, rule_class, rule_names
from penstock.tables import engine, literal

COLUMNS = [
    {"name": "text", "type": "string"},
    {"name": "whole", "type": "integer"},
    {"name": "number", "type": "decimal"},
    {"name": "flag", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "other", "type": "date"},
]
NAMES = [column["name"] for column in COLUMNS]


def contract(*rules: dict[str, Any], columns: list[dict[str, Any]] = COLUMNS) -> Contract:
    return Contract.model_validate({
        "dataset": "things", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
        "classification": "internal", "columns": columns, "rules": rules,
    })  # fmt: skip


def outcomes(
    folder: Path, asked: Contract, *rows: Mapping[str, str | None]
) -> tuple[list[Outcome], list[Any]]:
    """Scan rows given as texts; return the outcomes of the rules, and the bad rows."""
    values = [f"({', '.join(literal(row.get(name)) for name in NAMES)})" for row in rows]
    columns = ", ".join(f"c{place}" for place in range(len(NAMES)))
    with engine(beside=folder) as (connection, _):
        connection.execute(f"CREATE TABLE things ({', '.join(f'c{n} VARCHAR' for n in range(len(NAMES)))})")
        connection.execute(f"INSERT INTO things ({columns}) VALUES {', '.join(values)}")
        found = scan(connection, source(asked, "things"), compile_contract(asked))
        bad_rows(connection, found)
        return found[-len(asked.rules) :], connection.execute("SELECT row, reasons FROM bad").fetchall()


def test_a_combination_may_repeat_in_part(tmp_path: Path) -> None:
    rule = {"check": "unique", "columns": ["text", "whole"]}
    rows = [
        {"text": "a", "whole": "1"},
        {"text": "a", "whole": "2"},
        {"text": "a"},
        {"text": "a", "whole": "1"},
    ]
    _, bad = outcomes(tmp_path, contract(rule), *rows)
    assert [row for row, _ in bad] == [3]


def test_all_reasons_of_a_row_are_told_the_stewards_words_first(tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [
        {"check": "between", "column": "number", "minimum": 0, "reason": "Amounts are never negative"},
        {"check": "in_set", "column": "text", "values": ["a"]},
    ]
    _, [(_, reasons)] = outcomes(tmp_path, contract(*rules), {"number": "-1", "text": "b", "whole": "x"})
    assert reasons == [
        "Amounts are never negative: column number: found '-1', expected at least 0",
        "column text: found 'b', expected one of a",
        "column whole: found 'x', expected integer",
    ]


@pytest.mark.parametrize(("mostly", "passed"), [(0.5, True), (0.51, False), (1.0, False)])
@pytest.mark.parametrize("severity", ["warn", "quarantine"])
def test_severity_acts_only_where_too_few_rows_pass(
    tmp_path: Path, mostly: float, passed: bool, severity: str
) -> None:
    rule = {"check": "in_set", "column": "text", "values": ["a"], "mostly": mostly, "severity": severity}
    [outcome], rows = outcomes(tmp_path, contract(rule), {"text": "a"}, {"text": "b"})
    assert (outcome.passed, outcome.broken, outcome.share) == (passed, 1, 0.5)
    assert len(rows) == (1 if severity == "quarantine" and not passed else 0)


def test_a_file_with_too_few_rows_is_told_so(tmp_path: Path) -> None:
    [outcome], rows = outcomes(tmp_path, contract({"check": "row_count", "minimum": 2}), {})
    assert (outcome.passed, rows, outcome.examples) == (
        False, [], ((None, "found 1 rows, expected at least 2"),)
    )  # fmt: skip


def test_five_examples_are_kept(tmp_path: Path) -> None:
    rule = {"check": "not_null", "column": "text"}
    [outcome], _ = outcomes(tmp_path, contract(rule), *[{}] * 8)
    assert [row for row, _ in outcome.examples] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"check": "nonsense"}, "there is no check rule"),
        ({"check": "between", "column": "text", "minimum": 1}, "text of type string"),
        ({"check": "between", "column": "number"}, "no minimum or maximum"),
        ({"check": "between", "column": "number", "minimum": 2, "maximum": 1}, "above maximum"),
        ({"check": "in_set", "column": "text"}, "values: Field required"),
        ({"check": "in_set", "column": "whole", "values": ["x"]}, "value 'x'"),
        ({"check": "in_set", "column": "flag", "values": ["maybe"]}, "value 'maybe'"),
        ({"check": "matches", "column": "text", "pattern": "("}, "regular expression"),
        ({"check": "not_null"}, "either column or columns"),
        ({"check": "not_before", "column": "day", "other": "text"}, "expected: date or timestamp"),
        ({"check": "type", "column": "text", "values": ["colour"]}, "colour"),
        ({"check": "equal", "column": "text", "other": "whole"}, "can be compared"),
        ({"check": "date_between", "column": "day"}, "no earliest or latest"),
        ({"check": "date_between", "column": "day", "earliest": "soon"}, "Invalid isoformat"),
        ({"check": "row_count_history"}, "no max_change or max_z_score"),
        ({"check": "foreign_key", "column": "text", "dataset": "d", "keys": ["a", "b"]}, "cannot refer to 2"),
        (
            {"check": "kl_divergence", "column": "text", "values": ["a"], "weights": [0.5], "maximum": 1},
            "add up",
        ),
        ({"check": "json_schema", "column": "text", "shape": {"items": {}}}, "items"),
        ({"check": "query", "query": "SELECT text FROM dataset", "maximum": 1}, "one aggregate"),
        ({"check": "between", "column": "nowhere", "minimum": 1}, "nowhere"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, Any], words: str) -> None:
    with pytest.raises((ValueError, InvalidSpec), match=words):
        compile_contract(contract(rule))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?=a)b", "a lookahead"), ("a(?!b)", "a lookahead"), ("(?<=a)b", "a lookbehind"),
        ("(?<!a)b", "a lookbehind"), (r"(a)\1", "a backreference"), ("(?P<x>a)(?P=x)", "a backreference"),
        ("(?>a)b", "an atomic group"), ("a++b", "a possessive"), ("(a)?(?(1)b|c)", "a conditional"),
        ("a{1001}", "repetitions"), (r"a\Z", "Z"), ("[a", "no regular expression"), ("a" * 1001, "at most"),
    ],
)  # fmt: skip
def test_a_pattern_that_is_not_linear_is_refused_and_says_why(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_rule({"check": "matches", "column": "text", "pattern": pattern})


@pytest.mark.parametrize(
    "pattern", [r"[(?=]", r"\(\?=a", r"\p{Lu}\z", "[[:alpha:]]+", "(?i)^a+?$", "(?P<x>a)"]
)
def test_a_pattern_that_only_looks_so_is_taken(pattern: str) -> None:
    parse_rule({"check": "matches", "column": "text", "pattern": pattern})


def test_a_pattern_that_explodes_elsewhere_takes_no_time(tmp_path: Path) -> None:
    rule = {"check": "matches", "column": "text", "pattern": "^(a+)+$"}
    started = time.monotonic()
    [outcome], _ = outcomes(tmp_path, contract(rule), {"text": "a" * 5_000 + "!"})
    assert outcome.broken == 1
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT 1 FROM other", "SELECT 1 FROM dataset, dataset",
        "SELECT 1 FROM dataset JOIN dataset AS b ON TRUE", "WITH x AS (SELECT 1) SELECT 1 FROM dataset",
        "SELECT (SELECT 1) FROM dataset", "SELECT 1 FROM dataset; DROP TABLE things", "ATTACH 'x.db'",
        "COPY dataset TO 'x'", "PRAGMA version", "INSERT INTO dataset VALUES (1)", "SELECT 1 FROM 'x.parquet'",  # noqa: E501
        "SELECT read_text('/etc/passwd') FROM dataset", "SELECT getenv('HOME') FROM dataset",
        "SELECT repeat('x', 1000000000) FROM dataset", "SELECT 1 FROM dataset UNION SELECT 2", "SELECT 1",
        "SELECT text FROM dataset ORDER BY text", "SELECT 1 FROM main.dataset", "SELECT DISTINCT text FROM dataset",  # noqa: E501
        "SELECT row_number() OVER () FROM dataset", "SELECT text FROM dataset GROUP BY ROLLUP (text)", "",
    ],
)  # fmt: skip
def test_a_query_that_does_more_than_read_the_dataset_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match="query"):
        parse_rule({"check": "query", "query": query})


@pytest.mark.parametrize(
    "expression",
    ["(SELECT 1) = 1", "read_text('/etc/passwd') = ''", "number > 0; DROP TABLE things", "sum(number) > 1"],
)
def test_an_expression_that_does_more_than_compute_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="satisfies"):
        parse_rule({"check": "satisfies", "expression": expression})


def test_hostile_values_stay_values(tmp_path: Path) -> None:
    evil = "'; DROP TABLE things; --"
    rules: list[dict[str, Any]] = [
        {"check": "in_set", "column": "text", "values": [evil], "reason": evil},
        {"check": "matches", "column": "text", "pattern": "'\\) OR 1=1"},
    ]
    first, second = outcomes(tmp_path, contract(*rules), {"text": evil}, {"text": "x"})[0]
    assert (first.broken, second.broken) == (1, 2)


def test_every_rule_says_what_it_is() -> None:
    for kind in KINDS:
        for name in rule_names(kind):
            rule = rule_class(kind, name)
            assert rule.kind == kind
            assert rule.__doc__
            assert rule.__doc__ != Rule.__doc__
