"""Records of SageMaker Feature Store: text both ways, nothing mistaken for something else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import InvalidSpec, SchemaMismatch
from penstock.features.interop.sagemaker import FeatureGroup, from_record, read_group, to_record

TYPES: dict[str, Any] = {
    "paid": "integer", "share": "decimal", "late": "boolean", "born": "date", "seen": "timestamp",
    "note": "string",
}  # fmt: skip
GROUP = FeatureGroup(name="demo-history-v1", key="customer", types=TYPES)
MOMENT = datetime(2025, 1, 31, 12, 0, 0, 123456, UTC)
FULL: dict[str, Any] = {
    "customer": "a", "event_timestamp": MOMENT, "paid": 3, "share": 0.1, "late": False,
    "born": date(1999, 12, 31), "seen": MOMENT, "note": "",
}  # fmt: skip
ROWS = st.fixed_dictionaries({
    "customer": st.text(min_size=1),
    "event_timestamp": st.datetimes(datetime(1678, 1, 1), datetime(2254, 1, 1), timezones=st.just(UTC)),
    "paid": st.none() | st.integers(-(2**63), 2**63 - 1),
    "share": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "late": st.none() | st.booleans(),
    "born": st.none() | st.dates(),
    "seen": st.none() | st.datetimes(timezones=st.just(UTC)),
    "note": st.none() | st.text(),
})  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_every_row_comes_back_as_it_was(row: dict[str, Any]) -> None:
    assert from_record(GROUP, to_record(GROUP, row)) == row


def test_values_are_written_as_sagemaker_has_them() -> None:
    written = {one["FeatureName"]: one["ValueAsString"] for one in to_record(GROUP, FULL)}
    assert written == {
        "customer": "a", "event_timestamp": "1738324800.123456", "paid": "3", "share": "0.1", "late": "0",
        "born": "1999-12-31", "seen": "2025-01-31T12:00:00.123456Z", "note": "",
    }  # fmt: skip


def test_null_is_left_out_and_what_is_missing_is_null() -> None:
    record = to_record(GROUP, {"customer": "a", "event_timestamp": MOMENT, "paid": None})
    assert [one["FeatureName"] for one in record] == ["customer", "event_timestamp"]
    assert from_record(GROUP, record)["paid"] is None


def test_a_string_event_time_keeps_milliseconds_and_refuses_to_lose_more() -> None:
    group = FeatureGroup(name="demo", key="customer", types={}, event_time="at", event_time_type="String")
    row = {"customer": "a", "event_timestamp": MOMENT.replace(microsecond=5_000)}
    record = to_record(group, row)
    assert record[1] == {"FeatureName": "at", "ValueAsString": "2025-01-31T12:00:00.005Z"}
    assert from_record(group, record) == row
    with pytest.raises(SchemaMismatch, match="milliseconds"):
        to_record(group, {**row, "event_timestamp": MOMENT})


def test_times_of_other_zones_are_the_same_moments() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert to_record(GROUP, {**FULL, "event_timestamp": there, "seen": there}) == to_record(GROUP, FULL)


@pytest.mark.parametrize(("changes", "told"), [
    ({"paid": 1.5}, "no integer"), ({"paid": True}, "no integer"), ({"paid": "3"}, "no integer"),
    ({"paid": 2**63}, "no integer"), ({"share": float("nan")}, "NaN"), ({"share": float("inf")}, "infinity"),
    ({"share": "0.1"}, "no decimal"), ({"late": 1}, "no boolean"), ({"born": MOMENT}, "no date"),
    ({"seen": date(2025, 1, 1)}, "no timestamp"), ({"note": b"x"}, "no string"),
    ({"note": "x" * 358_401}, "too long"), ({"event_timestamp": None}, "no 'event_timestamp'"),
    ({"customer": None}, "no 'customer'"), ({"amout": 1}, "does not have"),
])  # fmt: skip
def test_a_wrong_value_is_refused_by_name(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SchemaMismatch, match=told) as refused:
        to_record(GROUP, {**FULL, **changes})
    assert next(iter(changes)) in str(refused.value)


@pytest.mark.parametrize(("feature", "text"), [
    ("paid", "1.0"), ("paid", "9223372036854775808"), ("share", "xyzzy"), ("late", "2"), ("born", "20250131"),
    ("seen", "yesterday"), ("event_timestamp", "soon"), ("event_timestamp", "1e99"),
    ("event_timestamp", "NaN"),
])  # fmt: skip
def test_text_that_is_no_such_value_is_refused_without_showing_it(feature: str, text: str) -> None:
    record = [one for one in to_record(GROUP, FULL) if one["FeatureName"] != feature]
    with pytest.raises(SchemaMismatch, match=feature) as refused:
        from_record(GROUP, [*record, {"FeatureName": feature, "ValueAsString": text}])
    assert text not in str(refused.value)


@pytest.mark.parametrize(("more", "told"), [
    ({"FeatureName": "amout", "ValueAsString": "1"}, "does not have"),
    ({"FeatureName": "paid", "ValueAsString": "1"}, "twice"),
])  # fmt: skip
def test_a_record_with_more_than_the_group_is_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(SchemaMismatch, match=told):
        from_record(GROUP, [*to_record(GROUP, FULL), more])


def test_a_list_and_a_missing_event_time_are_refused() -> None:
    with pytest.raises(SchemaMismatch, match="no value as text"):
        from_record(GROUP, [{"FeatureName": "note", "ValueAsStringList": ["a"]}])
    with pytest.raises(SchemaMismatch, match="no 'event_timestamp'"):
        from_record(GROUP, [{"FeatureName": "customer", "ValueAsString": "a"}])


@pytest.mark.parametrize("name", ["", "_x", "x_", "a b", "a" * 65, "é"])
def test_names_that_sagemaker_refuses_are_refused(name: str) -> None:
    with pytest.raises(InvalidSpec, match="takes no feature"):
        FeatureGroup(name="demo", key="customer", types={name: "integer"})
    with pytest.raises(InvalidSpec, match="takes no feature group"):
        FeatureGroup(name=name, key="customer", types={})


@pytest.mark.parametrize("name", ["Customer", "is_deleted", "EVENT_TIMESTAMP"])
def test_names_that_glue_cannot_tell_apart_are_refused(name: str) -> None:
    with pytest.raises(InvalidSpec, match="another column"):
        FeatureGroup(name="demo", key="customer", types={name: "integer"})


def test_a_described_group_is_read_with_our_types_where_they_fit() -> None:
    described = {
        "FeatureGroupName": GROUP.name, "RecordIdentifierFeatureName": "customer",
        "EventTimeFeatureName": "event_timestamp", "FeatureDefinitions": GROUP.definitions,
    }  # fmt: skip
    assert read_group(described, TYPES) == GROUP
    assert read_group(described).types == {
        "paid": "integer", "share": "decimal", "late": "integer", "born": "string", "seen": "string",
        "note": "string",
    }  # fmt: skip
    with pytest.raises(InvalidSpec, match="cannot hold"):
        read_group(described, {"share": "boolean"})
    with pytest.raises(InvalidSpec, match="no such features"):
        read_group(described, {"amout": "boolean"})
