"""Features offline: what was known when, and never a day too early."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import InvalidSpec, NotFound
from penstock.features import join, latest_rows, materialise
from penstock.specs import FeatureView
from penstock.tables import literal, quoted

START = datetime(2025, 1, 1)
AGGREGATES: list[dict[str, Any]] = [
    {"name": "rows_known", "aggregate": "count"},
    {"name": "values_known", "aggregate": "count", "of": "value"},
    {"name": "average", "aggregate": "mean", "of": "value"},
    {"name": "total", "aggregate": "sum", "of": "value"},
    {"name": "least", "aggregate": "minimum", "of": "value"},
    {"name": "most", "aggregate": "maximum", "of": "value"},
    {"name": "share", "aggregate": "share_above", "of": "value", "threshold": 2},
]
Row = tuple[str | None, datetime | None, int | None]


def view(**changes: Any) -> FeatureView:
    document = {
        "name": "history", "entity": {"name": "customer", "key": "who"}, "dataset": "payments",
        "timestamp": "at",
        "features": AGGREGATES,
    }  # fmt: skip
    return FeatureView.model_validate({**document, **changes})


def moment(at: datetime | None) -> str:
    return f"{literal(at.isoformat() if at else None)}::TIMESTAMP"


def write(path: Path, rows: list[Row], names: tuple[str, str, str] = ("who", "at", "value")) -> Path:
    cells = [f"({literal(who)}, {moment(at)}, {literal(value)}::BIGINT)" for who, at, value in rows]
    values, columns = ", ".join(cells), ", ".join(map(quoted, names))
    empty = "(NULL::VARCHAR, NULL::TIMESTAMP, NULL::BIGINT)"
    query = f"SELECT * FROM (VALUES {values or empty}) AS t({columns})" + ("" if rows else " LIMIT 0")
    duckdb.connect().sql(query).write_parquet(str(path))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return list(latest_rows(path))


def naive(known: list[Row], who: str | None, before: datetime | None, days: int | None) -> dict[str, Any]:
    """What a person with all the time in the world would compute."""
    rows = [
        row for row in known if who is not None and row[0] == who and row[1] and before and row[1] < before
    ]
    nothing = dict.fromkeys([feature["name"] for feature in AGGREGATES])
    if not rows or (
        days and before and before - max(row[1] for row in rows if row[1]) > timedelta(days=days)
    ):
        return nothing
    values = [row[2] for row in rows if row[2] is not None]
    counts = {"rows_known": len(rows), "values_known": len(values)}
    if not values:
        return {**nothing, **counts}
    return {
        **counts, "average": sum(values) / len(values), "total": sum(values), "least": min(values),
        "most": max(values), "share": sum(value > 2 for value in values) / len(values),
    }  # fmt: skip


WHO = st.sampled_from(["a", "b", "it's", None])
WHEN = st.integers(0, 8).map(lambda half_days: START + timedelta(hours=12 * half_days)) | st.none()
ROWS = st.lists(st.tuples(WHO, WHEN, st.integers(-5, 5) | st.none()), max_size=12)


@settings(max_examples=5, deadline=None)
@given(known=ROWS, spine=ROWS, days=st.sampled_from([None, 1, 2]), parts=st.integers(1, 3))
def test_a_join_agrees_with_a_naive_one(
    known: list[Row], spine: list[Row], days: int | None, parts: int
) -> None:
    asked = view(time_to_live_days=days)
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = [write(folder / f"known{n}.parquet", known[n::parts]) for n in range(parts)]
        made = materialise(asked, files, folder / "history")
        write(folder / "spine.parquet", spine)
        stored = [file.path for file in made.files]
        rows = join(spine=folder / "spine.parquet", timestamp="at", views=[(asked, stored)],
                    output=folder / "joined.parquet")  # fmt: skip
        joined = read(folder / "joined.parquet")
    assert rows == len(joined) == len(spine)
    for (who, at, value), row in zip(spine, joined, strict=True):
        expected = {"who": who, "at": at, "value": value, **naive(known, who, at, days)}
        assert row.keys() == expected.keys()
        for name, found in row.items():
            same = (
                found == pytest.approx(expected[name])
                if isinstance(found, float)
                else found == expected[name]
            )
            assert same, (name, found, expected[name])
    assert made.rows == len({(who, at) for who, at, _ in known if who is not None and at is not None})
    assert made.entities == len({who for who, at, _ in known if who is not None and at is not None})


def test_what_happens_at_the_same_moment_is_not_known_yet(tmp_path: Path) -> None:
    moment = START + timedelta(days=1)
    files = [write(tmp_path / "known.parquet", [("a", moment, 3)])]
    made = materialise(view(), files, tmp_path / "history")
    spine = write(
        tmp_path / "spine.parquet", [("a", moment, 0), ("a", moment + timedelta(microseconds=1), 0)]
    )
    join(spine=spine, timestamp="at", views=[(view(), made.path)], output=tmp_path / "j.parquet")
    assert [row["total"] for row in read(tmp_path / "j.parquet")] == [None, 3]


def test_rows_of_the_same_moment_make_one_feature_row(tmp_path: Path) -> None:
    files = [write(tmp_path / "known.parquet", [("a", START, 1), ("a", START, 3)])]
    [row] = read(materialise(view(), files, tmp_path / "history").path)
    assert (row["event_timestamp"], row["rows_known"], row["average"]) == (START, 2, 2.0)


def test_the_newest_row_of_each_entity_is_kept_apart(tmp_path: Path) -> None:
    rows: list[Row] = [("a", START, 1), ("a", START + timedelta(days=1), 3), ("b", START, 5)]
    made = materialise(view(), [write(tmp_path / "k.parquet", rows)], tmp_path / "history")
    assert [(row["who"], row["total"]) for row in read(made.latest)] == [("a", 4), ("b", 5)]


def test_several_views_are_joined_at_once(tmp_path: Path) -> None:
    first = view(name="one", features=[{"name": "one_total", "aggregate": "sum", "of": "value"}])
    second = view(name="two", features=[{"name": "two_count", "aggregate": "count"}], time_to_live_days=1)
    files = [write(tmp_path / "k.parquet", [("a", START, 4)])]
    for one in (first, second):
        materialise(one, files, tmp_path / one.name)
    spine = write(tmp_path / "s.parquet", [("a", START + timedelta(days=3), 0)])
    join(spine=[spine, spine], timestamp="at", output=tmp_path / "j.parquet",
         views=[(one, tmp_path / one.name) for one in (first, second)])  # fmt: skip
    assert [(row["one_total"], row["two_count"]) for row in read(tmp_path / "j.parquet")] == [(4.0, None)] * 2


@pytest.mark.parametrize(
    "names", [("k", "t", "p0s"), ("so_far", "moments", "rows"), ('we"ird', "it's", "sel ect")]
)
def test_columns_may_have_any_name(tmp_path: Path, names: tuple[str, str, str]) -> None:
    asked = view().model_copy(update={
        "entity": view().entity.model_copy(update={"key": names[0]}), "timestamp": names[1],
        "features": tuple(feature.model_copy(update={"of": names[2] if feature.of else None})
                          for feature in view().features),
    })  # fmt: skip
    files = [write(tmp_path / "k.parquet", [("a", START, 4), ("a", START + timedelta(days=1), 6)], names)]
    made = materialise(asked, files, tmp_path / "history")
    assert [(row["total"], row["least"]) for row in read(made.path)] == [(4.0, 4), (10.0, 4)]
    rows = join(spine=files, timestamp=names[1], views=[(asked, made.path)], output=tmp_path / "j.parquet")
    assert rows == 2


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    at = "TIMESTAMP '2025-01-01' + to_minutes(range * 31 % 9000) AS at"
    query = f"SELECT 'c' || (range * 7919 % 500) AS who, {at}, ln(range + 2) AS value FROM range(200000)"
    duckdb.connect().sql(query).write_parquet(str(tmp_path / "k.parquet"))
    made = [materialise(view(), [tmp_path / "k.parquet"], tmp_path / name) for name in ("one", "two")]
    assert len({tuple(file.path.read_bytes() for file in one.files) for one in made}) == 1


def test_a_feature_may_not_have_the_name_of_a_column(tmp_path: Path) -> None:
    asked = view(features=[{"name": "value", "aggregate": "count"}])
    spine = write(tmp_path / "s.parquet", [("a", START, 1)])
    made = materialise(asked, [spine], tmp_path / "history")
    with pytest.raises(InvalidSpec, match="value"):
        join(spine=spine, timestamp="at", views=[(asked, made.path)], output=tmp_path / "j.parquet")


def test_a_view_without_files_is_not_found(tmp_path: Path) -> None:
    spine = write(tmp_path / "s.parquet", [("a", START, 1)])
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "none.parquet"):
        with pytest.raises(NotFound, match="not materialised"):
            join(spine=spine, timestamp="at", views=[(view(), path)], output=tmp_path / "j.parquet")


def test_features_live_to_the_end_of_their_last_day(tmp_path: Path) -> None:
    mortal, day = view(time_to_live_days=2), timedelta(days=1)
    made = materialise(mortal, [write(tmp_path / "k.parquet", [("a", START, 4)])], tmp_path / "history")
    spine = write(tmp_path / "s.parquet", [("a", START + 2 * day, 0), ("a", START + 2.5 * day, 0)])
    join(spine=spine, timestamp="at", views=[(mortal, made.path)], output=tmp_path / "j.parquet")
    assert [row["total"] for row in read(tmp_path / "j.parquet")] == [4, None]
