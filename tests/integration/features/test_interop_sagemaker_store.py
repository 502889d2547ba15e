"""SageMaker's offline store: our rows in its layout and back, and stores that it wrote."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from penstock.errors import NotFound, SchemaMismatch
from penstock.features.interop.sagemaker import (
    FeatureGroup,
    creation_request,
    feature_group,
    from_record,
    read_offline,
    to_record,
    write_offline,
)
from penstock.specs import FeatureView, load_use_case
from penstock.specs.feature_sets import feature_types
from penstock.tables import literal

TYPES: dict[str, Any] = {
    "paid": "integer", "share": "decimal", "late": "boolean", "born": "date", "seen": "timestamp",
    "note": "string",
}  # fmt: skip
GROUP = FeatureGroup(name="demo-history-v1", key="customer", types=TYPES)
START = datetime(2025, 1, 31, 23, 59, 59, 123456)
SQL = ("VARCHAR", "TIMESTAMP", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "VARCHAR", "TIMESTAMP",
       "TIMESTAMP", "BOOLEAN")  # fmt: skip
NAMES = ("customer", "event_timestamp", *TYPES, "write_time", "api_invocation_time", "is_deleted")
Row = tuple[Any, ...]


def write(path: Path, rows: Sequence[Row], names: Sequence[str] = NAMES, kinds: Sequence[str] = SQL) -> Path:
    """Write rows of the offline store as they are."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(names, kinds, strict=True))
        connection.execute(f"CREATE TABLE rows ({columns})")
        for row in rows:
            cells = ", ".join(
                f"{literal(None if one is None else str(one))}::{kind}"
                for one, kind in zip(row, kinds, strict=True)
            )
            connection.execute(f"INSERT INTO rows VALUES ({cells})")
        connection.execute(f"COPY rows TO {literal(str(path))} (FORMAT parquet)")
    return path


def read(path: Path) -> list[Row]:
    """Return the rows of a file."""
    return [tuple(one.values()) for one in parquet.read_table(path, partitioning=None).to_pylist()]


def row(
    customer: str = "a", hours: int = 0, *, written: int = 0, deleted: bool = False, **values: Any
) -> Row:
    """Return a row of the offline store."""
    given_ = {
        "customer": customer, "event_timestamp": START + timedelta(hours=hours), **dict.fromkeys(TYPES),
        **values,
        "write_time": START + timedelta(days=1, hours=written),
        "api_invocation_time": START + timedelta(days=1, hours=written), "is_deleted": deleted,
    }  # fmt: skip
    return tuple(given_[name] for name in NAMES)


def there_and_back(
    folder: Path, rows: Sequence[Row], *, history: bool = False, group: FeatureGroup = GROUP
) -> list[Row]:
    write_offline(group, write(folder / "ours.parquet", rows), folder / "store", history=history)
    read_offline(group, folder / "store", folder / "back.parquet", history=history)
    return read(folder / "back.parquet")


TEXT = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
VALUES = st.fixed_dictionaries({
    "customer": st.text(TEXT, min_size=1, max_size=5),
    "hours": st.integers(-50, 50),
    "written": st.integers(0, 3),
    "deleted": st.booleans(),
    "paid": st.none() | st.integers(-(2**63), 2**63 - 1),
    "share": st.none() | st.floats(),
    "late": st.none() | st.booleans(),
    "born": st.none() | st.dates(),
    "seen": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    "note": st.none() | st.text(TEXT),
})  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(VALUES.map(lambda one: row(**one)), min_size=1, max_size=8))
def test_the_whole_history_comes_back_as_it_was(
    rows: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("history")
    back = there_and_back(folder, rows, history=True)
    assert sorted(map(repr, back)) == sorted(map(repr, read(folder / "ours.parquet")))


def test_without_history_those_rows_go_that_exist(tmp_path: Path) -> None:
    rows = [
        row(paid=1), row(paid=2, written=1), row(hours=1, paid=3), row(hours=1, written=2, deleted=True),
        row("b", hours=2, paid=4),
    ]  # fmt: skip
    assert [(one[0], one[2]) for one in there_and_back(tmp_path, rows)] == [("a", 2), ("b", 4)]


def test_the_layout_is_that_of_sagemaker(tmp_path: Path) -> None:
    rows = [row(hours=hours, paid=hours) for hours in (0, 1)] + [row("b", hours=0)]
    made = write_offline(GROUP, write(tmp_path / "ours.parquet", rows), tmp_path / "store")
    place = (
        r"data/year=2025/month=0(1/day=31/hour=23|2/day=01/hour=00)/2025\d{4}T\d{6}Z_[0-9a-z]{16}\.parquet"
    )
    assert all(re.fullmatch(place, one.key) for one in made)
    assert [one.rows for one in made] == [2, 1]
    file = str(tmp_path / "store" / made[0].key)
    with duckdb.connect() as connection:
        described = connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet({literal(file)}, hive_partitioning=false)"
        ).fetchall()
    assert {name: kind for name, kind, *_ in described} == {
        "customer": "VARCHAR", "event_timestamp": "DOUBLE", "paid": "BIGINT", "share": "DOUBLE",
        "late": "BIGINT",
        "born": "VARCHAR", "seen": "VARCHAR", "note": "VARCHAR", "write_time": "TIMESTAMP WITH TIME ZONE",
        "api_invocation_time": "TIMESTAMP WITH TIME ZONE", "is_deleted": "BOOLEAN",
    }  # fmt: skip


def test_a_repeat_writes_the_same_bytes_to_the_same_places(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours.parquet", [row(str(number), hours=number % 5) for number in range(40)])
    stores = []
    for _ in range(2):
        write_offline(GROUP, ours, tmp_path / "store")
        stores.append({one.name: one.read_bytes() for one in (tmp_path / "store").rglob("*.parquet")})
    assert stores[0] == stores[1]


def test_a_marker_of_deletion_takes_all_earlier_rows_of_its_record(tmp_path: Path) -> None:
    rows = [
        row(hours=0, paid=1), row(hours=1, paid=2), row(hours=3, written=1, deleted=True),
        row(hours=4, paid=3),
        row(hours=3, written=2, paid=4), row("b", paid=5),
    ]  # fmt: skip
    folder = tmp_path / "store"
    write_offline(GROUP, write(tmp_path / "ours.parquet", rows), folder, history=True)
    assert read_offline(GROUP, folder, tmp_path / "back.parquet") == 3
    assert [(one[0], one[2]) for one in read(tmp_path / "back.parquet")] == [("a", 4), ("a", 3), ("b", 5)]


def test_the_newest_call_wins_over_the_newest_write_and_the_past_can_be_asked(tmp_path: Path) -> None:
    late = list(row(paid=1, written=5))
    late[NAMES.index("api_invocation_time")] = START
    folder = tmp_path / "store"
    rows = [tuple(late), row(paid=2, written=1)]
    write_offline(GROUP, write(tmp_path / "ours.parquet", rows), folder, history=True)
    read_offline(GROUP, folder, tmp_path / "back.parquet")
    assert [one[2] for one in read(tmp_path / "back.parquet")] == [2]
    assert read_offline(GROUP, folder, tmp_path / "back.parquet", as_of=START.replace(tzinfo=UTC)) == 0


def test_text_event_times_of_a_foreign_group_become_ours(tmp_path: Path) -> None:
    group = FeatureGroup(name="g", key="CustomerID", key_type="integer", types={"Spent": "decimal"},
                         event_time="EventTime", event_time_type="String")  # fmt: skip
    names = ("customerid", "eventtime", "spent", "write_time", "api_invocation_time", "is_deleted")
    kinds = ("BIGINT", "VARCHAR", "DOUBLE", "TIMESTAMP", "TIMESTAMP", "BOOLEAN")
    store = write(tmp_path / "theirs.parquet",
                  [(7, "2025-01-31T12:00:00Z", 1.5, "2025-02-01 00:00:00", "2025-02-01 00:00:00", False)],
                  names, kinds)  # fmt: skip
    assert read_offline(group, [store], tmp_path / "back.parquet") == 1
    back = duckdb.sql(f"SELECT * FROM read_parquet({literal(str(tmp_path / 'back.parquet'))})")
    assert back.columns == [
        "CustomerID",
        "event_timestamp",
        "Spent",
        "write_time",
        "api_invocation_time",
        "is_deleted",
    ]
    assert back.select("epoch_us(event_timestamp)").fetchall() == [(1738324800000000,)]


def test_a_feature_added_later_is_null_before(tmp_path: Path) -> None:
    old = write(tmp_path / "old.parquet", [(*row()[:7], *row()[8:])], [n for n in NAMES if n != "note"],
                [*SQL[:7], *SQL[8:]])  # fmt: skip
    new = write(tmp_path / "new.parquet", [row(hours=1, note="x")])
    folder = tmp_path / "store"
    write_offline(GROUP, [old, new], folder)
    read_offline(GROUP, folder, tmp_path / "back.parquet")
    assert [one[7] for one in read(tmp_path / "back.parquet")] == [None, "x"]


def change(path: Path, names: Sequence[str], kinds: Sequence[str], cells: Row) -> Path:
    return write(path, [cells], names, kinds)


@pytest.mark.parametrize(("name", "kind", "cell", "told"), [
    ("amout", "BIGINT", 1, "nobody knows"), ("paid", "VARCHAR", "x", "another type"),
    ("write_time", "", None, "missing"), ("customer", "VARCHAR", None, "no 'customer'"),
    ("event_timestamp", "TIMESTAMP", None, "no 'event_timestamp'"),
])  # fmt: skip
def test_rows_that_are_not_of_the_view_are_refused(
    tmp_path: Path, name: str, kind: str, cell: Any, told: str
) -> None:
    columns = dict(zip(NAMES, zip(SQL, row(), strict=True), strict=True))
    columns |= {name: (kind, cell)}
    if not kind:
        del columns[name]
    kinds, cells = zip(*columns.values(), strict=True)
    file = write(tmp_path / "ours.parquet", [cells], list(columns), kinds)
    with pytest.raises(SchemaMismatch, match=told):
        write_offline(GROUP, file, tmp_path / "store")
    assert not list((tmp_path / "store").rglob("*.parquet"))


def test_files_that_give_a_column_two_types_are_refused(tmp_path: Path) -> None:
    kinds = ["VARCHAR" if name == "paid" else kind for name, kind in zip(NAMES, SQL, strict=True)]
    mixed = [
        write(tmp_path / "a.parquet", [row()]),
        write(tmp_path / "b.parquet", [row(paid="x")], NAMES, kinds),
    ]
    with pytest.raises(SchemaMismatch, match="different types"):
        write_offline(GROUP, mixed, tmp_path / "store")


@pytest.mark.parametrize(
    ("name", "value"), [("born", "someday"), ("late", 2), ("seen", "xyzzy"), ("event_timestamp", 1e18)]
)
def test_values_that_are_not_of_their_type_are_counted_and_not_shown(
    tmp_path: Path, name: str, value: Any
) -> None:
    write_offline(GROUP, write(tmp_path / "ours.parquet", [row()]), tmp_path / "store")
    file = next((tmp_path / "store").rglob("*.parquet"))
    stored = f"read_parquet({literal(str(file))}, hive_partitioning=false)"
    duckdb.sql(f"SELECT * REPLACE ({literal(value)} AS {name}) FROM {stored}").write_parquet(
        str(tmp_path / "spoilt.parquet")
    )
    with pytest.raises(SchemaMismatch, match=f"'{name}'.*\n.*1 rows") as refused:
        read_offline(GROUP, [tmp_path / "spoilt.parquet"], tmp_path / "back.parquet")
    assert str(value) not in str(refused.value)
    assert not (tmp_path / "back.parquet").exists()


def test_event_times_that_would_lose_something_are_refused(tmp_path: Path) -> None:
    group = FeatureGroup(name="demo", key="customer", types=TYPES, event_time_type="String")
    ours = write(tmp_path / "ours.parquet", [row()])
    with pytest.raises(SchemaMismatch, match="milliseconds"):
        write_offline(group, ours, tmp_path / "store")
    with pytest.raises(NotFound):
        read_offline(group, tmp_path / "store", tmp_path / "back.parquet")


def test_what_a_record_says_is_what_the_offline_store_holds(tmp_path: Path) -> None:
    one = row(paid=3, share=0.1, late=True, born=date(1999, 12, 31), seen=START, note="é\n")
    write_offline(GROUP, write(tmp_path / "ours.parquet", [one]), tmp_path / "store")
    values = dict(zip(NAMES[:8], one, strict=False))
    back = from_record(GROUP, to_record(GROUP, values))
    assert {name: _plain(cell) for name, cell in back.items()} == values
    written = {each["FeatureName"]: each["ValueAsString"] for each in to_record(GROUP, values)}
    file = next((tmp_path / "store").rglob("*.parquet"))
    cells = parquet.read_table(file, partitioning=None).to_pylist()[0]
    assert {name: str(cells[name]) for name in written} == written


def _plain(cell: Any) -> Any:
    return cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell


def test_the_request_is_one_that_the_service_takes() -> None:
    use_case = load_use_case(Path("examples/late_invoices"))
    view: FeatureView = use_case.features[0]
    contract = use_case.contract(view.dataset)
    assert contract is not None
    group = feature_group(view, feature_types(view, contract), use_case=use_case.name)
    request = creation_request(
        group, role_arn="arn:aws:iam::123456789012:role/features", s3_uri="s3://lake/offline", kms_key="key",
        time_to_live_days=view.time_to_live_days, description=view.meaning * 200,
        tags={"penstock:view": view.name},
    )  # fmt: skip
    service = files("botocore").joinpath("data/sagemaker/2017-07-24/service-2.json.gz")
    model = ServiceModel(json.loads(gzip.decompress(service.read_bytes())))
    report = ParamValidator().validate(request, model.operation_model("CreateFeatureGroup").input_shape)
    assert report.generate_report() == ""
    records = files("botocore").joinpath("data/sagemaker-featurestore-runtime/2020-07-01/service-2.json.gz")
    runtime = ServiceModel(json.loads(gzip.decompress(records.read_bytes())))
    record = to_record(group, {group.key: "a", "event_timestamp": START})
    put = {"FeatureGroupName": group.name, "Record": record, "TargetStores": ["OnlineStore"]}
    report = ParamValidator().validate(put, runtime.operation_model("PutRecord").input_shape)
    assert report.generate_report() == ""
