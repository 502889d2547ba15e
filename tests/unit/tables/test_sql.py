"""Names and values survive the way through SQL."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.tables import engine, literal, quoted

CONNECTION = duckdb.connect()
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(
    value=TEXT | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False) | st.booleans() | st.none()
)
def test_a_literal_is_the_value(value: str | float | bool | None) -> None:
    assert CONNECTION.execute(f"SELECT {literal(value)}").fetchall() == [(value,)]


@given(name=TEXT.filter(bool))
def test_a_quoted_name_is_the_name(name: str) -> None:
    found = CONNECTION.execute(f"SELECT 1 AS {quoted(name)}").description
    assert found is not None
    assert found[0][0] == name


@pytest.mark.parametrize("make", [literal, quoted])
def test_nul_is_refused(make: object) -> None:
    with pytest.raises(ValueError, match="NUL"):
        make("a\0b")  # type: ignore[operator]


def test_an_engine_leaves_nothing_behind_even_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error), engine(beside=tmp_path) as (connection, _):
        connection.execute("SELECT nonsense")
    assert list(tmp_path.iterdir()) == []
