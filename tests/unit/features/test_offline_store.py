"""The offline store: layout, what is left out, what is refused, and what a refresh writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.errors import InvalidSpec, SchemaMismatch
from penstock.features import (
    feature_manifest,
    join,
    join_sql,
    latest_rows,
    materialise,
    offline_rows,
)
from penstock.features.offline.sums import deviations, running_squares, running_sums
from penstock.specs import FeatureView

START = datetime(2025, 1, 31, 12)
SCHEMA = pa.schema({"who": pa.string(), "at": pa.timestamp("us"), "value": pa.float64(), "kind": pa.string()})
TOTAL = {"name": "total", "aggregate": "sum", "of": "value"}


def view(*features: dict[str, Any], **changes: Any) -> FeatureView:
    document = {
        "name": "history", "entity": {"name": "customer", "key": "who"}, "dataset": "payments",
        "timestamp": "at", "features": features or [TOTAL],
    }  # fmt: skip
    return FeatureView.model_validate({**document, **changes})


def write(path: Path, *rows: tuple[Any, ...], schema: pa.Schema = SCHEMA) -> Path:
    named = [dict(zip(schema.names, row, strict=False)) for row in rows]
    pq.write_table(pa.Table.from_pylist(named, schema=schema), path)
    return path


def test_files_lie_by_event_time_and_say_when_they_were_written(tmp_path: Path) -> None:
    rows = write(tmp_path / "r.parquet", ("a", START, 1.0), ("a", START + timedelta(days=1), 2.0))
    written = datetime(2025, 3, 1, 1, tzinfo=UTC)
    made = materialise(view(partition="hour"), [rows], tmp_path / "data", write_time=written, write_id="s1")
    assert [file.path.relative_to(tmp_path).as_posix() for file in made.files] == [
        "data/year=2025/month=01/day=31/hour=12/s1.parquet",
        "data/year=2025/month=02/day=01/hour=12/s1.parquet",
    ]  # fmt: skip
    [row] = latest_rows(made.files[1].path)
    assert row == {
        "who": "a", "event_timestamp": START + timedelta(days=1), "total": 3.0, "is_deleted": False,
        "write_time": datetime(2025, 3, 1, 1), "api_invocation_time": datetime(2025, 3, 1, 1),
    }  # fmt: skip


def test_rows_that_do_not_count_are_counted(tmp_path: Path) -> None:
    rows = write(
        tmp_path / "r.parquet", (None, START, 1.0), ("a", None, 1.0), ("a", START, 1.0, "refund"),
        ("a", START, 5.0, "sale"), ("a", START + timedelta(days=9), 1.0, "sale"),
    )  # fmt: skip
    made = materialise(view(where="kind = 'sale'"), [rows], tmp_path / "data", write_time=START)
    found = made.source
    assert (found.rows_in, found.rows_without_key, found.rows_without_timestamp) == (5, 1, 1)
    assert (found.rows_filtered, found.rows_in_future, made.rows) == (1, 1, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"features": [{"name": "x", "aggregate": "sum", "of": "gone"}]}, "gone: no such column"),
        ({"features": [{"name": "x", "aggregate": "mean", "of": "kind"}]}, "kind: VARCHAR"),
        ({"entity": {"name": "customer", "key": "who", "type": "integer"}}, "who: VARCHAR"),
        ({"timestamp": "kind"}, "kind: VARCHAR"),
        ({"where": "gone > 1"}, "gone: no such column"),
        ({"features": [{"name": "x", "expression": "kind + at", "type": "integer"}]}, "view 'history', x"),
    ],
)
def test_a_source_that_has_changed_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    rows = write(tmp_path / "r.parquet", ("a", START, 1.0))
    with pytest.raises(SchemaMismatch, match="history") as refused:
        materialise(view(**changes), [rows], tmp_path / "data")
    assert said in str(refused.value)


def test_a_type_that_was_not_expected_is_refused(tmp_path: Path) -> None:
    asked = view({"name": "most", "aggregate": "maximum", "of": "kind"})
    rows = write(tmp_path / "r.parquet", ("a", START, 1.0, "x"))
    with pytest.raises(SchemaMismatch, match="expected: kind: decimal"):
        materialise(asked, [rows], tmp_path / "data", types={"most": "decimal"})


def test_an_expression_that_fails_on_a_row_says_so(tmp_path: Path) -> None:
    asked = view({"name": "number", "expression": "CAST(kind AS INTEGER)", "type": "integer"})
    with pytest.raises(InvalidSpec, match="fails on a row"):
        materialise(asked, [write(tmp_path / "r.parquet", ("a", START, 1.0, "x"))], tmp_path / "data")


def test_a_refresh_writes_what_is_new_other_or_gone(tmp_path: Path) -> None:
    old = write(tmp_path / "1.parquet", ("a", START, 1.0), ("b", START, 1.0), ("c", START, 1.0))
    gone = write(tmp_path / "2.parquet", ("d", START, 1.0))
    late = write(tmp_path / "3.parquet", ("a", START - timedelta(days=1), 4.0), ("b", START, None))
    first = materialise(view(), [old, gone], tmp_path / "data", write_id="s1")
    stored = [file.path for file in first.files]
    second = materialise(
        view(),
        [old, late],
        tmp_path / "data",
        write_id="s2",
        write_time=START,
        known=stored,
        changed=[gone, late],
    )
    found = [row for file in second.files for row in latest_rows(file.path)]
    assert [(row["who"], row["total"], row["is_deleted"]) for row in found] == [
        ("a", 4.0, False), ("a", 5.0, False), ("d", None, True),
    ]  # fmt: skip
    newest = [(row["who"], row["total"], row["is_deleted"]) for row in latest_rows(second.latest)]
    assert newest == [("a", 5.0, False), ("b", 1.0, False), ("d", None, True)]
    assert (second.statistics.rows, second.statistics.entities) == (4, 3)
    stored += [file.path for file in second.files]
    assert offline_rows(view(), stored, output=tmp_path / "all.parquet") == 4
    third = materialise(view(), [old, late], tmp_path / "data", known=stored)
    assert (third.rows, third.files) == (0, ())


def test_a_newest_row_that_is_gone_is_told_beside_the_one_that_is_left(tmp_path: Path) -> None:
    old, gone = (write(tmp_path / f"{day}.parquet", ("a", START + timedelta(day), 1.0)) for day in (0, 1))
    first = materialise(view(), [old, gone], tmp_path / "data", write_id="s1")
    second = materialise(
        view(),
        [old],
        tmp_path / "data",
        write_id="s2",
        known=[file.path for file in first.files],
        changed=[gone],
    )
    newest = [(row["event_timestamp"], row["is_deleted"]) for row in latest_rows(second.latest)]
    assert newest == [(START, False), (START + timedelta(days=1), True)]


def test_a_manifest_lists_the_files_and_refuses_another_computation(tmp_path: Path) -> None:
    rows = write(tmp_path / "r.parquet", ("a", START, 1.0))
    made = materialise(view(), [rows], tmp_path / "data", write_id="s1")
    first = feature_manifest("late", view(), made, snapshot_id="s1")
    assert [file.key for file in first.files] == [
        "features/late/history/v1/data/year=2025/month=01/s1.parquet"
    ]
    assert first.statistics.features["total"].mean == 1.0
    other = view({**TOTAL, "window": "1 day"})
    with pytest.raises(InvalidSpec, match="new version"):
        feature_manifest("late", other, made, snapshot_id="s2", previous=first)
    assert feature_manifest("late", view(), made, snapshot_id="s2", previous=first).files == first.files


def test_a_key_of_another_type_is_refused(tmp_path: Path) -> None:
    made = materialise(view(), [write(tmp_path / "r.parquet", ("a", START, 1.0))], tmp_path / "data")
    schema = pa.schema({"who": pa.int64(), "at": pa.timestamp("us")})
    spine = write(tmp_path / "s.parquet", (1, START), schema=schema)
    with pytest.raises(SchemaMismatch, match="who: int64"):
        join(spine=spine, timestamp="at", views=[(view(), made.path)], output=tmp_path / "j.parquet")


def test_a_delay_postpones_what_is_known(tmp_path: Path) -> None:
    slow = view(delay="6 hours")
    made = materialise(slow, [write(tmp_path / "r.parquet", ("a", START, 1.0))], tmp_path / "data")
    spine = write(tmp_path / "s.parquet", *(("a", START + timedelta(hours=hours)) for hours in (6, 7)))
    join(spine=spine, timestamp="at", views=[(slow, made.path)], output=tmp_path / "j.parquet")
    assert [row["total"] for row in latest_rows(tmp_path / "j.parquet")] == [None, 1.0]


def test_a_view_without_rows_joins_nulls(tmp_path: Path) -> None:
    spine = write(tmp_path / "s.parquet", ("a", START, 1.0))
    assert join(spine=spine, timestamp="at", views=[(view(), [])], output=tmp_path / "j.parquet") == 1
    assert [row["total"] for row in latest_rows(tmp_path / "j.parquet")] == [None]


def test_athena_is_asked_for_the_same_rows(tmp_path: Path) -> None:
    asked = view(time_to_live_days=2, delay="1 hour")
    made = materialise(asked, [write(tmp_path / "r.parquet", ("a", START, 1.0))], tmp_path / "data")
    moments = [START, START + timedelta(hours=2), START + timedelta(days=3)]
    spine = write(tmp_path / "s.parquet", *(("a", moment, 0.0) for moment in moments))
    text = join_sql(spine=f"'{spine}'", columns=["who", "at"], timestamp="at", order_by=["at"],
                    views=[(asked, f"'{made.files[0].path}'")])  # fmt: skip
    assert [row[2] for row in duckdb.connect().execute(text).fetchall()] == [None, 1.0, None]


def test_sums_do_not_depend_on_order() -> None:
    rng = np.random.default_rng(7)
    values = rng.standard_normal(1_000) * 10.0 ** rng.integers(-30, 30, 1_000)
    ends = np.array([len(values)])
    sums = {running_sums(rng.permutation(values)).between(ends * 0, ends).numbers()[0] for _ in range(5)}
    assert len(sums) == 1


def test_deviations_are_exact_far_from_zero() -> None:
    values, ends = np.array([1e15 + 1, 1e15 + 2, 1e15 + 3]), np.array([3])
    sums, squares = (prepare(values).between(ends * 0, ends) for prepare in (running_sums, running_squares))
    assert deviations(sums, squares, ends).tolist() == [1.0]
