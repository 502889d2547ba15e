"""Random data: what is materialised and joined is what a naive reference computes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.emulator.athena import translate
from penstock.features import join, materialise, offline_rows
from penstock.features.offline import ViewStatistics, join_sql
from penstock.specs import FeatureView

from .offline_reference import SCHEMA, Row, naive_features, naive_join, read, write

START = datetime(2025, 1, 30)
MOMENTS = st.integers(0, 16).map(lambda n: START + timedelta(hours=6 * n, microseconds=n % 2))
NUMBERS = st.sampled_from(
    [None, math.nan, math.inf, -math.inf, 0.0, -0.0, 0.1, 0.2, -0.3, 1e16, 1.0, -1e16, 1e300, -1e300, 3e-310]
)
ROWS = st.lists(st.fixed_dictionaries({
    "who": st.sampled_from(["a", "b", "ü'\"", "", None]), "at": MOMENTS | st.none(),
    "number": NUMBERS | st.floats(), "n": st.integers(-3, 5) | st.none(),
    "text": st.sampled_from(["x", "y", "é", "", None]),
    "flag": st.booleans() | st.none(), "day": st.dates(date(2025, 1, 1), date(2025, 1, 4)) | st.none(),
}), max_size=14)  # fmt: skip


def _features() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"name": "rows", "aggregate": "count"}]
    for number, window in enumerate([None, "1 day", "720 minutes", "400 days"]):
        rest = {"where": "flag" if number % 2 else "n > 1"} if number > 1 else {}
        if window:
            rest["window"] = window
        found += [
            {"name": f"{kind}_{of}_{number}", "aggregate": kind, "of": of, **rest}
            for kind, columns in {
                "count": ["number", "text"], "distinct": ["number", "text", "n", "day", "flag"],
                "minimum": ["number", "text", "n", "day", "flag", "at"], "maximum": ["number", "text", "n"],
                "mean": ["number", "n", "flag"], "sum": ["number", "n"], "deviation": ["number", "n"],
                "first": ["text", "number", "day", "flag"], "latest": ["text", "number", "at"],
            }.items() for of in columns
        ]  # fmt: skip
        found.append(
            {"name": f"share_{number}", "aggregate": "share_above", "of": "n", "threshold": 1, **rest}
        )
    found += [
        {"name": "twice", "expression": "n * 2", "type": "integer"},
        {"name": "half", "expression": "number / 2", "type": "decimal", "where": "flag"},
        {"name": "most", "aggregate": "maximum", "expression": "n * 2", "type": "integer", "window": "1 day"},
    ]
    return found


def view(**changes: Any) -> FeatureView:
    document = {
        "name": "history", "entity": {"name": "customer", "key": "who"}, "dataset": "payments",
        "timestamp": "at", "partition": "day", "features": _features(),
    }  # fmt: skip
    return FeatureView.model_validate({**document, **changes})


def stored_rows(asked: FeatureView, files: list[Path], output: Path) -> list[dict[str, Any]]:
    """Return the rows of a view as they are."""
    return read(output) if files and offline_rows(asked, files, output=output) else []


def assert_same(found: Sequence[Row], expected: Sequence[Row]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for name, value in one.items():
            wanted = other[name]
            if isinstance(value, float) and isinstance(wanted, float) and math.isfinite(wanted):
                wanted = pytest.approx(wanted, rel=1e-14 if "deviation" not in name else 1e-9, abs=1e-320)
            assert value == wanted, (name, value, other[name], one)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, parts=st.integers(1, 3), where=st.sampled_from([None, "flag"]))
def test_every_aggregate_agrees_with_a_naive_one(rows: list[Row], parts: int, where: str | None) -> None:
    asked = view(where=where)
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = [write(folder / f"{n}.parquet", rows[n::parts]) for n in range(parts)]
        made = materialise(asked, files, folder / "data")
        offline_rows(
            asked, [file.path for file in made.files], output=folder / "all.parquet"
        ) if made.files else 0
        found = read(folder / "all.parquet") if made.files else []
        newest = read(made.latest)
    expected = naive_features(asked, rows)
    assert_same(found, expected)
    assert made.rows == len(expected) and made.source.rows_in == len(rows)
    assert made.source.rows_without_key == sum(row["who"] is None for row in rows)
    last = {row["who"]: row for row in expected}
    stored = ("write_time", "api_invocation_time", "is_deleted")
    assert_same([{k: v for k, v in row.items() if k not in stored} for row in newest], list(last.values()))


@settings(max_examples=20, deadline=None)
@given(
    arrivals=st.lists(ROWS, min_size=3, max_size=3), drops=st.booleans(),
    windows=st.sampled_from([None, "1 day"]),
)  # fmt: skip
def test_a_refresh_gives_the_rows_of_a_full_recompute(
    arrivals: list[list[Row]], drops: bool, windows: str | None
) -> None:
    kept = [one for one in view().features if one.window == windows or one.aggregate is None]
    asked = view(features=[one.model_dump() for one in kept])
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = [write(folder / f"{n}.parquet", rows) for n, rows in enumerate(arrivals)]
        known: list[Path] = []
        steps = [
            (files[:1], files[:1]),
            (files, files[1:]),
            (files[1:] if drops else files, files[:1] * drops),
        ]
        for number, (snapshot, changed) in enumerate(steps):
            made = materialise(
                asked, snapshot, folder / "data", known=known, changed=changed,
                write_time=START + timedelta(days=100 + number), write_id=f"write{number}",
            )  # fmt: skip
            full = materialise(asked, snapshot, folder / f"full{number}")
            known += [file.path for file in made.files]
            wanted = stored_rows(asked, [file.path for file in full.files], folder / "b.parquet")
            assert stored_rows(asked, known, folder / "a.parquet") == wanted
            assert _without_means(made.statistics) == _without_means(full.statistics)
            again = materialise(asked, snapshot, folder / "again", known=known)
            assert again.rows == 0


def _without_means(statistics: ViewStatistics) -> ViewStatistics:
    """Leave out what depends on the order of additions of numbers as far apart as these."""
    features = {name: one.model_copy(update={"mean": None}) for name, one in statistics.features.items()}
    return statistics.model_copy(update={"features": features})


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, cut=MOMENTS)
def test_backfills_of_ranges_make_the_whole(rows: list[Row], cut: datetime) -> None:
    asked = view(features=[one.model_dump() for one in view().features if one.window == "1 day"])
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = [write(folder / "rows.parquet", rows)]
        stored: list[Path] = []
        for number, between in enumerate([(datetime(2020, 1, 1), cut), (cut, datetime(2030, 1, 1))]):
            made = materialise(asked, files, folder / "data", between=between, write_id=f"range{number}")
            stored += [file.path for file in made.files]
        full = materialise(asked, files, folder / "full")
        wanted = stored_rows(asked, [file.path for file in full.files], folder / "b.parquet")
        assert stored_rows(asked, stored, folder / "a.parquet") == wanted


STORED = pa.schema({
    "who": pa.string(), "event_timestamp": pa.timestamp("us"), "value": pa.float64(),
    "write_time": pa.timestamp("us"), "is_deleted": pa.bool_(),
})  # fmt: skip
VERSIONS = st.lists(st.fixed_dictionaries({
    "who": st.sampled_from(["a", "b", "ü'\""]), "event_timestamp": MOMENTS,
    "value": st.integers(0, 9).map(float) | st.none(),
    "write_time": st.integers(0, 3).map(lambda n: START + timedelta(days=n)), "is_deleted": st.booleans(),
}), max_size=14, unique_by=lambda one: (one["who"], one["event_timestamp"], one["write_time"]))  # fmt: skip


def _run_as_athena(spine: list[Path], views: list[tuple[FeatureView, list[Path]]]) -> list[tuple[Any, ...]]:
    """Run the query of the join as the local cloud's Athena does."""
    connection = duckdb.connect()
    for name, files in [("spine", spine), *((one.name, places) for one, places in views)]:
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet({[str(file) for file in files]})")
    text = join_sql(
        spine="spine", columns=SCHEMA.names, timestamp="at", views=[(one, one.name) for one, _ in views]
    )
    return connection.execute(translate(text)).fetchall()


def _comparable(row: Row) -> dict[str, Any]:
    """Return a row whose own values are text, since NaN is not equal to itself."""
    return {name: str(value) if name in SCHEMA.names else value for name, value in row.items()}


@settings(max_examples=100, deadline=None)
@given(
    spine=ROWS, stored=st.lists(VERSIONS, min_size=2, max_size=2), parts=st.integers(1, 3),
    rules=st.fixed_dictionaries({
        "time_to_live_days": st.sampled_from([None, 1, 2]), "inclusive": st.booleans(),
        "delay": st.sampled_from([None, "6 hours", "1 day"]),
    }),
)  # fmt: skip
def test_a_join_agrees_with_a_naive_one(
    spine: list[Row], stored: list[list[Row]], parts: int, rules: dict[str, Any]
) -> None:
    views = [
        view(name=name, features=[{"name": name, "aggregate": "sum", "of": "value"}], **changes)
        for name, changes in (("one", rules), ("two", {**rules, "delay": None}))
    ]
    versions = [
        [{**row, one.name: row["value"]} for row in rows] for one, rows in zip(views, stored, strict=True)
    ]
    with TemporaryDirectory() as name:
        folder = Path(name)
        asked = []
        for one, rows in zip(views, versions, strict=True):
            schema = pa.schema(
                [field.with_name(one.name) if field.name == "value" else field for field in STORED]
            )
            places = [write(folder / one.name / f"{n}.parquet", rows[n::parts], schema) for n in range(parts)]
            asked.append((one, places))
        rows_file = [
            write(folder / f"spine{n}.parquet", spine[n : n + 1] if n == 0 else spine[1:]) for n in range(2)
        ]
        count = join(spine=rows_file, timestamp="at", views=asked, output=folder / "joined.parquet")
        found = read(folder / "joined.parquet")
        in_athena = _run_as_athena(rows_file, asked)
    assert count == len(spine)
    assert sorted(map(repr, in_athena)) == sorted(repr(tuple(row.values())) for row in found)
    same = [
        {name: str(value) if name in SCHEMA.names else value for name, value in row.items()} for row in found
    ]
    expected = naive_join(spine, "at", list(zip(views, versions, strict=True)))
    assert same == [
        {name: str(value) if name in SCHEMA.names else value for name, value in row.items()}
        for row in expected
    ]
