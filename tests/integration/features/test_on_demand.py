"""On-demand features: the same values for a training table and for request rows."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import InvalidSpec
from penstock.features import FeaturesNotComputed, compute_columns, compute_on_demand
from penstock.specs.features import OnDemandFeature

TYPES: Any = {"amount": "decimal", "usual": "decimal", "n": "integer", "land": "string", "issued": "date",
              "due": "date", "seen": "timestamp", "ok": "boolean"}  # fmt: skip
ARROW = {"decimal": pa.float64(), "integer": pa.int64(), "string": pa.string(), "date": pa.date32(),
         "timestamp": pa.timestamp("us"), "boolean": pa.bool_()}  # fmt: skip
FEATURES = [
    OnDemandFeature(name=name, expression=expression, type=kind)
    for name, expression, kind in [
        ("ratio", "amount / usual", "decimal"), ("days", "date_diff('day', issued, due)", "integer"),
        ("large", "ratio > 2 AND NOT ok", "boolean"), ("where_", "upper(land) || '-' || n", "string"),
        ("month", "CAST(date_trunc('month', issued) AS date)", "date"), ("hour_", "hour(seen)", "integer"),
        ("later", "seen", "timestamp"), ("half", "n // 2", "integer"), ("constant", "1", "integer"),
    ]
]  # fmt: skip
ROWS = st.fixed_dictionaries({
    "amount": st.none() | st.floats(), "usual": st.none() | st.floats(),
    "n": st.none() | st.integers(-(2**63), 2**63 - 1),
    "land": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    "issued": st.none() | st.dates(), "due": st.none() | st.dates(), "ok": st.none() | st.booleans(),
    "seen": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
})  # fmt: skip


def same(one: Any, other: Any) -> bool:
    return one == other or (
        isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_request_rows_get_what_the_training_table_gets(rows: list[dict[str, Any]]) -> None:
    columns = {name: [row[name] for row in rows] for name in TYPES}
    table = pa.table({name: pa.array(columns[name], ARROW[kind]) for name, kind in TYPES.items()})
    trained = compute_on_demand(table, FEATURES, types=TYPES)
    served = compute_columns(columns, FEATURES, types=TYPES, count=len(rows))
    for feature in FEATURES:
        expected = trained.column(feature.name).to_pylist()
        assert all(map(same, served[feature.name], expected)), feature.name
    assert trained.column_names[: len(TYPES)] == table.column_names


def test_dates_of_a_request_may_be_texts() -> None:
    found = compute_columns(
        {"issued": ["2025-01-01"], "due": ["2025-03-01"]}, FEATURES[1:2], types=TYPES, count=1
    )
    assert found == {"days": [59]}


def test_types_come_from_the_table_unless_they_are_given() -> None:
    table = pa.table({"issued": [date(2025, 1, 1)], "due": [date(2025, 1, 3)]})
    assert compute_on_demand(table, FEATURES[1:2]).column("days").to_pylist() == [2]


def test_a_missing_column_is_told_by_name() -> None:
    with pytest.raises(FeaturesNotComputed, match="expected: usual"):
        compute_columns({"amount": [1]}, FEATURES[:1], types=TYPES, count=1)
    with pytest.raises(FeaturesNotComputed, match="expected: usual"):
        compute_on_demand(pa.table({"amount": [1.0]}), FEATURES[:1])


@pytest.mark.parametrize("value", ["many", "2025-13-01", {}])
def test_a_value_of_another_type_is_told(value: Any) -> None:
    with pytest.raises(FeaturesNotComputed, match="cannot be computed"):
        compute_columns({"issued": [value], "due": [date(2025, 1, 1)]}, FEATURES[1:2], types=TYPES, count=1)


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("amount", "integer"),
        ("n", "string"),
        ("land", "decimal"),
        ("n / 2", "integer"),
        ("issued", "timestamp"),
    ],
)
def test_an_expression_of_another_type_is_refused_not_cast(expression: str, kind: Any) -> None:
    wrong = OnDemandFeature(name="x", expression=expression, type=kind)
    with pytest.raises(InvalidSpec, match=f"expected: {kind}"):
        compute_columns(
            {"amount": [1], "n": [1], "land": ["a"], "issued": [None]}, [wrong], types=TYPES, count=1
        )


@pytest.mark.parametrize("name", ['a"b', "select", "ÄÖ", "x'; DROP TABLE given; --"])
def test_no_name_of_a_column_reaches_beyond_itself(name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    feature = OnDemandFeature(name="x", expression=f"{quoted} + 1", type="integer")
    assert compute_columns({name: [1]}, [feature], types={name: "integer"}, count=1) == {"x": [2]}
    assert compute_on_demand(pa.table({name: [1]}), [feature]).column("x").to_pylist() == [2]


def test_nothing_to_compute_changes_nothing() -> None:
    table = pa.table({"a": [1]})
    assert compute_on_demand(table, []) is table
    assert compute_columns({}, FEATURES[:1], types=TYPES, count=0) == {"ratio": []}


def test_threads_do_not_meet() -> None:
    def one(n: int) -> Any:
        return compute_columns({"amount": [n], "usual": [1]}, FEATURES[:1], types=TYPES, count=1)["ratio"]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(40))) == [[float(n)] for n in range(40)]
