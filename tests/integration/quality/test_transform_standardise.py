"""Every standardise rule: what becomes of values, and that twice equals once."""

# ruff: noqa: E501, RUF001 - tables of cases

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb
import pytest

from penstock.quality.transformation import Standardise
from penstock.specs.rule import parse_rule, rule_names
from penstock.tables import literal

BOM, ZERO_WIDTH = "\ufeff", "\u200b"
CASES: list[tuple[dict[str, Any], dict[str | None, str | None]]] = [
    ({"standardise": "trim"}, {f"\t a b\u00a0{BOM}": "a b", "": "", None: None, ZERO_WIDTH: ""}),
    ({"standardise": "collapse_spaces"}, {"a \t\u2003b": "a b", " a": " a"}),
    ({"standardise": "case", "to": "upper"}, {"straße é": "STRASSE É".replace("SS", "ẞ"), "Ab": "AB"}),
    ({"standardise": "case", "to": "lower"}, {"ÀB": "àb"}),
    ({"standardise": "case", "to": "title"}, {"mary O'NEIL-smith": "Mary O'neil-Smith", "éa 2b": "Éa 2b"}),
    ({"standardise": "unicode"}, {"e\u0301": "é", "ﬁ": "ﬁ"}),
    ({"standardise": "unicode", "form": "NFKC"}, {"ﬁ １２ ①": "fi 12 1", "e\u0301": "é", "plain": "plain"}),
    ({"standardise": "strip_accents"}, {"Zoë Łódź Straße Ærø": "Zoe Lodz Strasse AEro"}),
    ({"standardise": "remove", "characters": "-. ]^"}, {"1-2.3 4]^": "1234"}),
    ({"standardise": "remove", "classes": ["digits"], "others": True}, {"a1b２": "1２"}),
    ({"standardise": "remove", "classes": ["punctuation", "spaces"]}, {"a, b!": "ab"}),
    ({"standardise": "map_values", "values": {"m": "male", "f": "female"}}, {"m": "male", "M": "M"}),
    ({"standardise": "map_values", "values": {"M": "male"}, "ignore_case": True}, {" m ": "male"}),
    ({"standardise": "replace_pattern", "pattern": "^0+([0-9])", "by": r"\1"}, {"007": "7", "0": "0"}),
    ({"standardise": "replace_pattern", "pattern": "a", "by": "aa"}, {"a": "a", "b": "b"}),
    ({"standardise": "null_values"}, {"N/A": None, " - ": None, "x": "x", "": None}),
    ({"standardise": "null_values", "values": ["999"]}, {"999": None, "N/A": "N/A"}),
    ({"standardise": "fill", "value": "none"}, {None: "none", "": ""}),
    ({"standardise": "dates", "formats": ["%d.%m.%Y", "%m/%d/%Y"]},
     {"1.2.2025": "2025-02-01", "12/31/2025": "2025-12-31", "2025-01-02": "2025-01-02", "31.2.2025": "31.2.2025",
      "1.2.25": "1.2.25", "soon": "soon"}),
    ({"standardise": "timestamps", "formats": ["%d.%m.%Y %H:%M"], "timezone": "Europe/Berlin"},
     {"1.7.2025 12:00": "2025-07-01T10:00:00.000000Z", "2025-01-01 12:00": "2025-01-01T11:00:00.000000Z",
      "2025-01-01T12:00:00+05:00": "2025-01-01T07:00:00.000000Z", "later": "later"}),
    ({"standardise": "numbers"},
     {"$1,234,567.50": "1234567.50", "(1,000)": "-1000", "12-": "-12", "1,23": "1,23", "€ 5": "5", "x": "x",
      "−3": "-3", "-$4": "-$4"}),
    ({"standardise": "numbers", "decimal_separator": ",", "thousands_separator": "."},
     {"1.234,5": "1234.5", "123,456": "123.4560", "1.234": "1234", "1234,567": "1234.567", "0,5 EUR": "0.5"}),
    ({"standardise": "numbers", "decimal_separator": ",", "thousands_separator": " "},
     {"1\u202f234,5": "1234.5", "1 23": "1 23"}),
    ({"standardise": "numbers", "thousands_separator": "'"}, {"1'000’000.05": "1000000.05"}),
    ({"standardise": "units", "to": "kg"},
     {"5 lb": "2.26796185", "500g": "0.5", "7": "7", "2 km": "2 km", "1e3 G": "1.0", "a kg": "a kg"}),
    ({"standardise": "units", "to": "km"}, {"3mi": "4.828032"}),
    ({"standardise": "units", "to": "EUR"}, {"250 ct": "2.5", "€3": "€3", "3 €": "3.0"}),
    ({"standardise": "units", "to": "box", "units": {"pallet": 48}}, {"2 pallet": "96.0", "3 box": "3.0"}),
    ({"standardise": "currency", "dollar": "USD"},
     {"€": "EUR", "$": "USD", "Pound Sterling": "GBP", "eur": "EUR", "kr": "kr", "doubloon": "doubloon"}),
    ({"standardise": "country"},
     {"Deutschland": "DE", "usa": "US", "U.S.A.": "US", "276": "DE", "004": "AF", "Côte d’Ivoire": "CI",
      "GBR": "GB", "de": "DE", "Atlantis": "Atlantis"}),
    ({"standardise": "language"}, {"German": "de", "deu": "de", "Français": "fr", "Klingon": "Klingon"}),
    ({"standardise": "us_state"}, {"new york": "NY", "Calif": "Calif", "tx": "TX"}),
    ({"standardise": "phone", "country": "DE"},
     {"0170 1234567": "+491701234567", "+49 (0)170/123-4567": "+491701234567", "0049 170 1234567": "+491701234567",
      "110": "110", "+1 212 555 0100": "+12125550100", "030 12345 ext. 6": "+493012345", "call me": "call me"}),
    ({"standardise": "phone", "country": "US"},
     {"(212) 555-0100": "+12125550100", "1-212-555-0100": "+12125550100", "011 49 170 1234567": "+491701234567",
      "911": "911"}),
    ({"standardise": "phone", "country": "IT"}, {"06 6982": "+39066982", "339 1234567": "+393391234567"}),
    ({"standardise": "email"},
     {" mailto:Ann@Example.ORG ": "Ann@example.org", "<a@B.c>": "a@b.c", "no mail": "no mail"}),
    ({"standardise": "email", "lower_all": True}, {"Ann@Example.ORG": "ann@example.org"}),
    ({"standardise": "code"}, {"de89 3704-0044": "DE8937040044"}),
    ({"standardise": "url"},
     {"HTTP://Example.ORG:80": "http://example.org/", "https://a.B/C?D#e": "https://a.b/C?D",
      "https://a.b:8080/": "https://a.b:8080/", "http://a.b:443": "http://a.b:443/", "ftp://X": "ftp://X"}),
    ({"standardise": "postcode", "country": "GB"}, {"sw1a1aa": "SW1A 1AA", "M1  1ae": "M1 1AE", "x": "x"}),
    ({"standardise": "postcode", "country": "NL"}, {"1234ab": "1234 AB", "NL-1234 AB": "1234 AB"}),
    ({"standardise": "postcode", "country": "DE"}, {"D-10115": "10115", "10 115": "10115"}),
    ({"standardise": "postcode", "country": "US"}, {"123456789": "12345-6789", "12345": "12345"}),
    ({"standardise": "booleans"}, {"Ja": "true", " N ": "false", "perhaps": "perhaps"}),
    ({"standardise": "booleans", "true": ["go"], "false": ["stop"]}, {"GO": "true", "Stop": "false", "ja": "ja"}),
    ({"standardise": "pad", "width": 5}, {"42": "00042", "123456": "123456", "": ""}),
    ({"standardise": "pad", "width": 3, "side": "right", "character": "'"}, {"a": "a''"}),
]  # fmt: skip
RULES = [document for document, _ in CASES]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


@cache
def standardise(rule: str) -> str:
    parsed = parse_rule({**eval(rule), "column": "c0"})
    assert isinstance(parsed, Standardise)
    return parsed.expression("c0")


def run(connection: duckdb.DuckDBPyConnection, document: dict[str, Any], values: list[Any]) -> list[Any]:
    rows = ", ".join(f"({number}, {literal(value)})" for number, value in enumerate(values))
    query = f"SELECT {standardise(repr(document))} FROM (VALUES {rows}) AS t(n, c0) ORDER BY n"
    return [row[0] for row in connection.execute(query).fetchall()]


@pytest.mark.parametrize(("document", "expected"), CASES, ids=[" ".join(map(str, d.values())) for d in RULES])
def test_values_become_standard(
    connection: duckdb.DuckDBPyConnection, document: dict[str, Any], expected: dict[str | None, str | None]
) -> None:
    found = run(connection, document, list(expected))
    assert dict(zip(expected, found, strict=True)) == expected
    assert run(connection, document, found) == found


def test_every_rule_is_tried() -> None:
    assert {document["standardise"] for document in RULES} == set(rule_names("standardise"))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            {"standardise": "map_values", "column": "a", "values": {"a": "b", "b": "c"}},
            "something else in turn",
        ),
        ({"standardise": "replace_pattern", "column": "a", "pattern": "(a)(?=b)"}, "lookahead"),
        ({"standardise": "dates", "column": "a", "formats": ["%Y-%d-%m"]}, "cannot be told from ISO"),
        ({"standardise": "dates", "column": "a", "formats": ["%H:%M"]}, "does not tell a whole date"),
        ({"standardise": "timestamps", "column": "a", "timezone": "Berlin"}, "no time zone"),
        ({"standardise": "units", "column": "a", "to": "furlong"}, "there is no unit 'furlong'"),
        ({"standardise": "numbers", "column": "a", "decimal_separator": ","}, "different signs"),
        ({"standardise": "phone", "column": "a", "country": "XX"}, "no country"),
        ({"standardise": "booleans", "column": "a", "true": ["x"], "false": ["X"]}, "means both"),
        ({"standardise": "remove", "column": "a"}, "name characters or classes"),
        ({"standardise": "trim"}, "name either column or columns"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(rule: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_rule(rule)
