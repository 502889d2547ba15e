"""Packed features: whatever goes in comes out, and what is not packed features is said to be none."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.features import CorruptFeatures, Layout, MemoryEntities, OnlineStore, UnstorableFeatures
from penstock.features.online.codec import decode, encode, encode_one
from penstock.features.online.decoding import NEVER, as_rows, unpack
from penstock.features.online.packing import pack, rows_table

KINDS = ("integer", "decimal", "boolean", "date", "timestamp", "string", "string")
LAYOUT = Layout("all", 1, "customer", "who", tuple((f"x{n}", kind) for n, kind in enumerate(KINDS)))
OTHER = Layout("other", 3, "customer", "who", (("y", "string"), ("z", "decimal")))
MADE = datetime(2025, 1, 1, tzinfo=UTC)
VALUES = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "decimal": st.floats(),
    "boolean": st.booleans(),
    "date": st.dates(),
    "timestamp": st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
}
ROWS = st.fixed_dictionaries({
    name: st.none() | VALUES[kind] for layout in (LAYOUT, OTHER) for name, kind in layout.features
})  # fmt: skip


def packed(layout: Layout, *rows: dict[str, Any]) -> list[Any]:
    given_keys = [{"who": f"c{n}", "event_timestamp": MADE, **row} for n, row in enumerate(rows)]
    return pack(layout, rows_table(layout, given_keys), write_time=MADE).sections


def same(found: Any, expected: Any) -> bool:
    both_nan = (
        isinstance(expected, float)
        and math.isnan(expected)
        and isinstance(found, float)
        and math.isnan(found)
    )
    return both_nan or (type(found) is type(expected) and found == expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5), st.data())
def test_every_value_comes_back_as_it_went_in(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    values = [encode(sections) for sections in zip(packed(LAYOUT, *rows), packed(OTHER, *rows), strict=True)]
    gone = data.draw(st.sets(st.integers(0, len(rows) - 1)))
    alone = data.draw(st.sets(st.integers(0, len(rows) - 1)))
    for n in alone:
        values[n] = encode_one(packed(LAYOUT, *rows)[n])
    asked = [None if n in gone else value for n, value in enumerate(values)]
    found = as_rows(unpack(asked, [OTHER, LAYOUT]), len(rows))
    for n, (row, got) in enumerate(zip(rows, found, strict=True)):
        known = (
            {} if n in gone else {name for name, _ in LAYOUT.features} | (set() if n in alone else {"y", "z"})
        )
        assert all(same(got[name], row[name] if name in known else None) for name in row)


def test_a_value_is_what_the_format_says() -> None:
    [section] = packed(OTHER, {"y": "ä", "z": None})
    value = encode_one(section)
    assert value[:4] == b"P\x01\x01\x00"
    assert value[-2:] == "ä".encode()
    assert len(value) == 8 + 48 + OTHER.fixed.itemsize + 2
    assert decode(value) == [section]
    assert encode([section]) == value


def test_sections_keep_their_moments() -> None:
    [features] = unpack([None, encode_one(packed(OTHER, {"y": None, "z": 1.0})[0])], [OTHER])
    assert features.events.tolist() == [NEVER, 1_735_689_600_000_000]
    assert features.values == {"y": [None, None], "z": [None, 1.0]}


def test_some_features_of_a_view_can_be_read() -> None:
    layout = Layout(OTHER.view, OTHER.version, "customer", "who", OTHER.features, taken=("z",))
    [features] = unpack([encode_one(packed(OTHER, {"y": "a", "z": 1.0})[0])], [layout])
    assert features.values == {"z": [1.0]}


@pytest.mark.parametrize("cut", [0, 3, 8, 30, 56, -1])
def test_cut_bytes_are_refused(cut: int) -> None:
    value = encode_one(packed(OTHER, {"y": "abc", "z": 1.0})[0])
    for read in (decode, lambda broken: unpack([broken], [OTHER])):
        with pytest.raises(CorruptFeatures, match="cannot be read"):
            read(value[:cut])


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_flipped_bit_is_read_as_a_value(place: int, flip: int) -> None:
    value = encode_one(packed(OTHER, {"y": "abc", "z": 1.0})[0])
    place %= len(value)
    broken = value[:place] + bytes([value[place] ^ flip]) + value[place + 1 :]
    for read in (
        decode,
        lambda broken: unpack([value, broken], [OTHER]),
        lambda broken: unpack([broken], [OTHER]),
    ):
        with pytest.raises(CorruptFeatures):
            read(broken)


def test_another_format_is_refused() -> None:
    value = encode_one(packed(OTHER, {"y": "abc", "z": 1.0})[0])
    with pytest.raises(CorruptFeatures, match="format 1"):
        unpack([b"P\x02" + value[2:]], [OTHER])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([2**63], pa.uint64()), "integer"),
        (pa.array([1.5]), "integer"),
        (pa.array(["1"]), "integer"),
        (pa.array([True]), "integer"),
    ],
)
def test_what_is_no_whole_number_is_refused(column: pa.Array, expected: str) -> None:
    layout = Layout("v", 1, "customer", "who", (("n", "integer"),))
    table = pa.table({"who": ["a"], "event_timestamp": [MADE], "n": column})
    with pytest.raises(UnstorableFeatures, match=expected):
        pack(layout, table)


@pytest.mark.parametrize("day", [-1_000_000, 3_000_000])
def test_days_that_no_calendar_has_are_refused(day: int) -> None:
    layout = Layout("v", 1, "customer", "who", (("n", "date"),))
    table = pa.table(
        {"who": ["a"], "event_timestamp": [MADE], "n": pa.array([day], pa.int32()).cast(pa.date32())}
    )
    with pytest.raises(UnstorableFeatures, match="calendar"):
        pack(layout, table)


def test_columns_of_narrower_types_fit() -> None:
    layout = Layout(
        "v", 1, "customer", "who", (("n", "integer"), ("d", "decimal"), ("s", "string"), ("t", "timestamp"))
    )
    table = pa.table(
        {
            "who": pa.array([7], pa.int32()),
            "event_timestamp": pa.array([date(2025, 1, 1)]),
            "n": pa.array([3], pa.int8()),
            "d": pa.array([2], pa.float32()),
            "s": pa.array(["x"]).dictionary_encode(),
            "t": pa.array([MADE], pa.timestamp("ms", tz="Europe/Berlin")),
        }
    )
    made = pack(layout, table)
    assert made.keys == ["7"]
    [features] = unpack([encode_one(made.sections[0])], [layout])
    assert features.values == {"n": [3], "d": [2.0], "s": ["x"], "t": [datetime(2025, 1, 1)]}


def test_all_nulls_fit_every_type() -> None:
    table = pa.table(
        {"who": ["a"], "event_timestamp": [MADE], **{name: pa.nulls(1) for name, _ in LAYOUT.features}}
    )
    [features] = unpack([encode_one(pack(LAYOUT, table).sections[0])], [LAYOUT])
    assert set(map(tuple, features.values.values())) == {(None,)}


def test_layouts_differ_by_name_version_and_types() -> None:
    one = Layout("v", 1, "e", "k", (("a", "integer"),))
    others = [
        Layout("w", 1, "e", "k", (("a", "integer"),)), Layout("v", 2, "e", "k", (("a", "integer"),)),
        Layout("v", 1, "e", "k", (("b", "integer"),)), Layout("v", 1, "e", "k", (("a", "decimal"),)),
    ]  # fmt: skip
    assert len({layout.identity for layout in (one, *others)}) == 5
    assert Layout("v", 1, "other", "key", (("a", "integer"),), time_to_live_days=3).identity == one.identity


WRITES = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 5), st.sampled_from([LAYOUT, OTHER])),
    min_size=1, max_size=12, unique_by=lambda one: (one[0], one[1], one[2], one[3].view),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(WRITES, st.randoms(use_true_random=False), st.integers(1, 5))
def test_in_whatever_order_rows_come_the_newest_stay(writes: Any, chance: Any, together: int) -> None:
    def row(who: str, day: int, version: int, layout: Layout) -> dict[str, Any]:
        values = dict.fromkeys([name for name, _ in layout.features])
        number = {"x0": 10 * day + version} if layout is LAYOUT else {"z": 10.0 * day + version}
        made = {"event_timestamp": datetime(2025, 1, 1 + day), "write_time": datetime(2025, 2, 1 + version)}
        return {"who": who, **made, **values, **number}

    chance.shuffle(writes)
    store = OnlineStore(MemoryEntities(), now=lambda: MADE)
    for at in range(0, len(writes), together):
        for layout in (LAYOUT, OTHER):
            rows = [row(*one) for one in writes[at : at + together] if one[3] is layout]
            store.write("uc", {layout: rows} if rows else {}, write_time=datetime(2025, 3, 1))
    found = store.read("uc", [LAYOUT, OTHER], ["a", "b"])
    for layout, name in ((LAYOUT, "x0"), (OTHER, "z")):
        newest = [
            max((10 * one[1] + one[2] for one in writes if one[0] == who and one[3] is layout), default=None)
            for who in "ab"
        ]
        assert found.columns[name] == newest
