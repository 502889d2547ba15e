"""Standardising twice equals once, for every standardise rule and whatever the text."""

# ruff: noqa: E501, RUF001 - tables of cases

from __future__ import annotations

from typing import Any

import duckdb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penstock.quality.transformation import Standardise
from penstock.specs.rule import parse_rule, rule_names
from penstock.tables import literal

RULES: list[dict[str, Any]] = [
    {"standardise": "trim"},
    {"standardise": "collapse_spaces"},
    {"standardise": "case", "to": "upper"},
    {"standardise": "case", "to": "lower"},
    {"standardise": "case", "to": "title"},
    {"standardise": "unicode"},
    {"standardise": "unicode", "form": "NFKC"},
    {"standardise": "strip_accents"},
    {"standardise": "remove", "characters": "-. ]^"},
    {"standardise": "remove", "classes": ["digits"], "others": True},
    {"standardise": "map_values", "values": {"a": "1", "de": "a b", "A B": "x"}},
    {"standardise": "map_values", "values": {"a": "1", "de": "DE", "aa": "x"}, "ignore_case": True},
    {"standardise": "replace_pattern", "pattern": "a", "by": "aa"},
    {"standardise": "replace_pattern", "pattern": "^0", "by": ""},
    {"standardise": "replace_pattern", "pattern": "([0-9])[.]", "by": r".\1"},
    {"standardise": "null_values"},
    {"standardise": "fill", "value": "none"},
    {"standardise": "dates", "formats": ["%d.%m.%Y", "%m/%d/%Y", "%Y%m%d"]},
    {"standardise": "timestamps", "formats": ["%d.%m.%Y %H:%M", "%d.%m.%Y"], "timezone": "Europe/Berlin"},
    {"standardise": "numbers"},
    {"standardise": "numbers", "decimal_separator": ",", "thousands_separator": "."},
    {"standardise": "numbers", "decimal_separator": ",", "thousands_separator": " "},
    {"standardise": "numbers", "thousands_separator": ""},
    {"standardise": "units", "to": "kg"},
    {"standardise": "units", "to": "EUR"},
    {"standardise": "units", "to": "box", "units": {"pallet": 48, "box": 3}},
    {"standardise": "currency", "dollar": "USD", "krone": "SEK"},
    {"standardise": "country"},
    {"standardise": "language"},
    {"standardise": "us_state"},
    {"standardise": "phone", "country": "DE"},
    {"standardise": "phone", "country": "US"},
    {"standardise": "phone", "country": "HU"},
    {"standardise": "email"},
    {"standardise": "email", "lower_all": True},
    {"standardise": "code"},
    {"standardise": "url"},
    {"standardise": "url", "keep_fragment": True},
    {"standardise": "postcode", "country": "GB"},
    {"standardise": "postcode", "country": "NL"},
    {"standardise": "postcode", "country": "DE"},
    {"standardise": "postcode", "country": "CA"},
    {"standardise": "booleans"},
    {"standardise": "booleans", "true": ["go"], "false": ["stop"]},
    {"standardise": "pad", "width": 5},
]


def expression(document: dict[str, Any]) -> str:
    rule = parse_rule({**document, "column": "c0"})
    assert isinstance(rule, Standardise)
    return rule.expression("c0")


EXPRESSIONS = [expression(document) for document in RULES]
CONNECTION = duckdb.connect(config={"threads": 2})
CONNECTION.execute("SET TimeZone = 'UTC'")


def run(sql: str, values: list[str | None]) -> list[str | None]:
    rows = ", ".join(f"({number}, {literal(value)})" for number, value in enumerate(values))
    query = f"SELECT {sql} FROM (VALUES {rows}) AS t(n, c0) ORDER BY n"
    return [row[0] for row in CONNECTION.execute(query).fetchall()]


PIECES = st.one_of(
    st.sampled_from(
        "0 00 1 12 123 1.234 ,5 .5 1,234 -3 (4) + - . , ' € $ kg lb g km ct EUR Ja no N/A de DE usa +49 0170 ( ) "
        "(0) ext @ a@B.C HTTP:// http:// :80 :443 / # ? % 01.02.2025 2025-01-02 T12:00 Z ß ﬁ İ ǆ é e\u0301 ① １ "
        "mailto: < > SW1A 1AA a aa ŉ Σ ς".split()
    ),
    st.sampled_from([" ", "\t", "\u00a0", "'", '"', "\\", "\ufeff", "\u200b"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4),
)


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.lists(PIECES, max_size=5).map("".join), min_size=1, max_size=60))
@example(["123,456", "1,234", "12,345.678", "aa", "NL NL1234AB", "+4900", "mailto:mailto:a@b", "D-D10115"])
def test_standardising_twice_equals_once(values: list[str]) -> None:
    for document, sql in zip(RULES, EXPRESSIONS, strict=True):
        once = run(sql, values)
        assert run(sql, once) == once, document


def test_every_rule_is_tried() -> None:
    assert {document["standardise"] for document in RULES} == set(rule_names("standardise"))
