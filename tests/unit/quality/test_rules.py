"""Each rule on values that keep it and values that break it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import InvalidSpec
from penstock.quality import Outcome, bad_rows, compile_contract, scan, source
from penstock.specs import Contract
from penstock.specs.rule import KINDS, Rule, rule_class, rule_names
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


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"check": "not_null", "column": "text"}, {"text": "x"}, {}),
        ({"check": "not_null", "columns": ["text", "day"]},
         {"text": "x", "day": "2025-01-01"}, {"text": "x"}),
        ({"check": "between", "column": "number", "minimum": 1, "maximum": 2},
         {"number": "1"}, {"number": "2.1"}),
        ({"check": "between", "column": "whole", "minimum": 0}, {"whole": "0"}, {"whole": "-1"}),
        ({"check": "in_set", "column": "text", "values": ["a", "it's"]}, {"text": "it's"}, {"text": "A"}),
        ({"check": "in_set", "column": "whole", "values": ["0", "1"]}, {"whole": "1.0"}, {"whole": "2"}),
        ({"check": "in_set", "column": "number", "values": ["0.5"]}, {"number": "5e-1"}, {"number": "0.51"}),
        ({"check": "in_set", "column": "flag", "values": ["true"]}, {"flag": "yes"}, {"flag": "no"}),
        ({"check": "in_set", "column": "day", "values": ["2025-01-01"]},
         {"day": "2025-01-01"}, {"day": "2025-01-02"}),
        ({"check": "matches", "column": "text", "pattern": "^a'b"}, {"text": "a'bc"}, {"text": "xa'b"}),
        ({"check": "not_before", "column": "day", "other": "other"},
         {"day": "2025-01-01", "other": "2025-01-01"}, {"day": "2025-01-01", "other": "2025-01-02"}),
        ({"check": "length", "column": "text", "minimum": 2, "maximum": 3}, {"text": "éé"}, {"text": "é"}),
        ({"check": "type", "column": "text", "values": ["integer", "date"]},
         {"text": "2025-01-01"}, {"text": "x"}),
        ({"check": "unique", "column": "text"}, {"text": "a"}, None),
    ],
    ids=lambda value: value.get("check") if isinstance(value, dict) else None,
)  # fmt: skip
def test_a_rule_tells_good_rows_from_bad_ones(
    tmp_path: Path, rule: dict[str, Any], good: dict[str, str], bad: dict[str, str] | None
) -> None:
    [outcome], rows = outcomes(tmp_path, contract(rule), good, {**good} if bad is None else bad)
    assert (outcome.broken, outcome.passed) == (1, False)
    assert [row for row, _ in rows] == [1]
    assert outcome.examples[0][0] == 1


@pytest.mark.parametrize("name", sorted(set(rule_names("check")) - {"not_null", "row_count"}))
def test_nothing_is_no_violation(tmp_path: Path, name: str) -> None:
    rules: dict[str, dict[str, Any]] = {
        "between": {"column": "number", "minimum": 1}, "in_set": {"column": "text", "values": ["a"]},
        "length": {"column": "text", "minimum": 1}, "matches": {"column": "text", "pattern": "a"},
        "not_before": {"column": "day", "other": "other"}, "type": {"column": "text", "values": ["integer"]},
        "unique": {"columns": ["text", "day"]},
    }  # fmt: skip
    [outcome], _ = outcomes(tmp_path, contract({"check": name, **rules[name]}), {}, {})
    assert outcome.broken == 0


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
        ({"check": "in_set", "column": "text"}, "values: Field required"),
        ({"check": "in_set", "column": "whole", "values": ["x"]}, "value 'x'"),
        ({"check": "matches", "column": "text", "pattern": "("}, "regular expression"),
        ({"check": "not_null"}, "either column or columns"),
        ({"check": "not_before", "column": "day", "other": "text"}, "expected: a date"),
        ({"check": "type", "column": "text", "values": ["colour"]}, "colour"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, Any], words: str) -> None:
    with pytest.raises((ValueError, InvalidSpec), match=words):
        compile_contract(contract(rule))


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
