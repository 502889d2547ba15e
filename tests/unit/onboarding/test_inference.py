"""The parts of inference that need no engine: dialects, names, drafts in YAML."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.onboarding.inference.dialect import dialect_of
from penstock.onboarding.inference.fields import lists_of
from penstock.onboarding.inference.naming import valid_names
from penstock.onboarding.inference.writing import as_yaml
from penstock.specs import Contract


@pytest.mark.parametrize(
    ("text", "delimiter", "names"),
    [
        ("a,b\n1,2\n3,4\n", ",", ("a", "b")),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";", ("a", "b")),
        ("a\tb\n1\t2\n", "\t", ("a", "b")),
        ("1,2\n3,4\n", ",", None),
        ("x,y\nz,w\nx,q\n", ",", None),
        ("name,city\nann,rome\nbob,oslo\n", ",", ("name", "city")),
        ("id\n1\n2\n", ",", ("id",)),
        ('id,text\n1,"a;b;c"\n2,"d;e;f"\n', ",", ("id", "text")),
        (",value\n0,a\n1,b\n", ",", ("", "value")),
        ("2024-01-01,5\n2024-01-02,6\n", ",", None),
        ("at;text\n10:30;x: y\n11:45;z: w\n", ";", ("at", "text")),
    ],
)
def test_dialects_are_told_apart(text: str, delimiter: str, names: tuple[str, ...] | None) -> None:
    found = dialect_of(text)
    assert (found.delimiter, found.names, found.skip_lines) == (delimiter, names, 0)


def test_lines_before_the_header_are_counted() -> None:
    assert dialect_of("Report\n\nof May\na,b\n1,2\n3,4\n").skip_lines == 3


def test_backslashes_before_quotes_are_seen() -> None:
    assert dialect_of('id,text\n1,"a \\"b, c\\" d"\n2,"e"\n').escape == "\\"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=130), min_size=1, max_size=20))
def test_any_names_become_valid_and_different(names: list[str]) -> None:
    valid = valid_names(names)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name) for name in valid)
    assert len({name.lower() for name in valid}) == len(names)
    assert valid_names(valid) == valid


TEXTS = st.text(max_size=40) | st.sampled_from(
    ["yes", "1", "null", "~", "a: b", "# no", "- x", "TO BE FILLED", "'", '"']
)


@settings(max_examples=25, deadline=None)
@given(text=TEXTS, note=st.text(max_size=60), absent=st.lists(TEXTS, max_size=3))
def test_any_draft_reads_back_the_same(text: str, note: str, absent: list[str]) -> None:
    contract = Contract(
        dataset="d", owner=text, steward=text, purpose=text, legal_basis=text, classification="internal",
        format={"null_values": absent},
        columns=[{"name": "yes", "type": "date", "meaning": text, "unit": text}],
        event_time="yes", partition_by=[{"column": "yes"}], rules=[{"check": "not_null", "column": "yes"}],
    )  # fmt: skip
    written = as_yaml(contract, title=[note], notes={"owner": [note], "columns.yes": [note], "end": [note]})
    assert Contract.model_validate(yaml.safe_load(written)) == contract


def test_the_highest_list_of_records_comes_first() -> None:
    document = {"meta": {"tags": ["a"]}, "deep": {"rows": [{"x": 1}]}, "items": [{"y": [{"z": 1}]}]}
    assert list(lists_of(document)) == ["$.items", "$.deep.rows"]
