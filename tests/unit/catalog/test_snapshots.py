"""The log of snapshots: its cost does not grow, and it survives a crash at any call and any race."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.catalog import Evidence, Part, Removal, SnapshotHead, snapshot_id
from penstock.catalog.snapshots import Snapshots
from penstock.errors import NotFound, RemovedData
from penstock.stores import Item, MemoryItems

PLACE = ("demo", "invoices")
COLUMNS = ({"name": "id", "type": "string"},)


class Counting(MemoryItems):
    """Counts calls, and fails at one of them when told to."""

    def __init__(self, fail_at: int = -1) -> None:
        super().__init__()
        self.calls, self.fail_at, self.after = 0, fail_at, False

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self.fail_at and not self.after:
            raise TimeoutError

    def _late(self) -> None:
        if self.calls == self.fail_at and self.after:
            raise TimeoutError

    def get(self, pk: str, sk: str) -> Item | None:
        self._count()
        return super().get(pk, sk)

    def put(self, item: Item, *, expect: int | None = None) -> Item:
        self._count()
        done = super().put(item, expect=expect)
        self._late()
        return done

    def query(self, pk: str, **options: Any) -> Iterator[Item]:
        self._count()
        return super().query(pk, **options)


def part(name: str, rows: int = 1, sha256: str | None = "") -> Part:
    key = f"curated/demo/invoices/arrival={name}/part-00000.parquet"
    return Part(key=key, version="v", bytes=10, rows=rows, sha256=name if sha256 == "" else sha256)


def add(snapshots: Snapshots, name: str, **options: Any) -> tuple[SnapshotHead, str]:
    facts: dict[str, Any] = {"parts": [part(name)], "columns": COLUMNS, "at": "2026-01-01", **options}
    return snapshots.append(*PLACE, arrival_id=name, **facts)


def removal(*arrivals: str) -> Removal:
    return Removal(arrivals=arrivals, at="2027-01-01", by="retention", rule="retention_days 365")


def names(snapshots: Snapshots, head: SnapshotHead | None) -> list[str]:
    assert head is not None
    return [one.arrival_id for one in snapshots.parts(head)]


def test_a_commit_costs_as_many_calls_at_the_thousandth_arrival_as_at_the_second() -> None:
    items = Counting()
    snapshots, cost = Snapshots(items), []
    for number in range(1_000):
        before = items.calls
        add(snapshots, f"a{number}")
        cost.append(items.calls - before)
    assert cost[1] == cost[-1] <= 14
    head = snapshots.latest(*PLACE)
    assert head is not None
    assert (head.sequence, head.rows, head.bytes, head.part_count, head.arrival_count) == (
        1_000, 1_000, 10_000, 1_000, 1_000,
    )  # fmt: skip
    assert names(snapshots, head) == [f"a{number}" for number in range(1_000)]


def test_an_old_snapshot_stays_what_it_was() -> None:
    snapshots = Snapshots(MemoryItems())
    first, second = add(snapshots, "a")[0], add(snapshots, "b")[0]
    assert (first.parent, second.parent) == (None, first.id)
    assert names(snapshots, snapshots.find(first.id)) == ["a"]
    assert snapshots.whole(second).arrivals == ("a", "b")
    assert [one.id for one in snapshots.history(*PLACE)] == [second.id, first.id]


def test_evidence_is_kept_with_the_arrival_that_it_is_about() -> None:
    snapshots = Snapshots(MemoryItems())
    evidence = Evidence(contract="c", report="reports/r.json", report_sha256="x", rules=3, rules_failed=1)
    made = add(snapshots, "a", evidence=evidence)[0]
    assert snapshots.find(made.id).evidence == evidence


def test_the_objects_of_a_large_arrival_do_not_crowd_its_entry() -> None:
    items = MemoryItems()
    snapshots = Snapshots(items)
    many = [part(f"{number:04d}") for number in range(1_201)]
    made = add(snapshots, "large", parts=many)[0]
    add(snapshots, "small")
    entry = items.get("dataset#demo/invoices", "log#00000001")
    assert entry is not None
    assert "parts" not in entry
    assert [one.key for one in snapshots.parts(made)] == [one.key for one in many]
    assert made.part_count == len(many)
    assert add(snapshots, "copy", parts=many)[1] == "large"


def test_columns_are_stored_once() -> None:
    items = MemoryItems()
    snapshots = Snapshots(items)
    wide = tuple({"name": f"column_{number}", "type": "string"} for number in range(4_000))
    for name in "abc":
        made = add(snapshots, name, columns=wide)[0]
    assert len(list(items.query("dataset#demo/invoices", prefix="schema#"))) == 1
    assert Snapshots(items).find(made.id).columns == wide


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the write"])
def test_a_commit_that_breaks_off_at_any_call_is_whole_or_nothing_and_can_be_repeated(after: bool) -> None:
    for fail_at in range(1, 40):
        items = Counting()
        snapshots = Snapshots(items)
        add(snapshots, "a")
        items.calls, items.fail_at, items.after = 0, fail_at, after
        try:
            add(snapshots, "b")
        except TimeoutError:
            broke_off = True
        else:
            broke_off = False
        items.fail_at = -1
        assert names(snapshots, snapshots.latest(*PLACE)) in (["a"], ["a", "b"])
        add(snapshots, "c")
        assert add(snapshots, "again", parts=[part("c")])[1] == "c"
        made, owner = add(snapshots, "b")
        assert owner == "b"
        assert snapshots.find(made.id) == made
        head = snapshots.latest(*PLACE)
        assert sorted(names(snapshots, head)) == ["a", "b", "c"]
        assert head is not None
        assert head.rows == 3
        if not broke_off:
            return
    raise AssertionError("it never got through")


def test_an_arrival_that_broke_off_after_its_entry_is_known_to_others() -> None:
    """The next committer writes what finds the entry; the same bytes do not come in twice."""
    items = Counting()
    snapshots = Snapshots(items)
    add(snapshots, "a")
    items.calls, items.after = 0, True
    items.fail_at = 9
    while True:
        try:
            add(snapshots, "b")
        except TimeoutError:
            newest = snapshots.latest(*PLACE)
            if newest is not None and newest.arrival_id == "b":
                break
            items.calls, items.fail_at = 0, items.fail_at + 1
    items.fail_at = -1
    assert add(snapshots, "copy of b", parts=[part("b")])[1] == "b"


def test_committers_at_the_same_time_lose_nothing_and_repeat_nothing() -> None:
    items = MemoryItems()
    start = threading.Barrier(8)

    def commit(worker: int) -> None:
        start.wait()
        mine = Snapshots(items)
        for number in range(3):
            # Every second arrival of a worker brings the bytes of its neighbour.
            content = f"w{worker}-{number}" if number % 2 else f"shared-{number}-{worker // 2}"
            add(mine, f"{worker}-{number}", parts=[part(content)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(commit, range(8)))
    snapshots = Snapshots(items)
    head = snapshots.latest(*PLACE)
    contents = [one.sha256 for one in snapshots.parts(head)] if head else []
    assert len(contents) == len(set(contents)) == 8 + 2 * 4
    assert head is not None
    assert head.rows == len(contents)


STEPS = st.lists(st.tuples(st.sampled_from("ar"), st.integers(0, 7), st.integers(0, 4)), max_size=14)


@given(steps=STEPS, seed=st.integers(0, 1_000))
@settings(max_examples=60, deadline=None)
def test_whatever_happens_the_log_is_what_a_list_would_be(
    steps: list[tuple[str, int, int]], seed: int
) -> None:
    """Additions, repeats, duplicates and removals, some breaking off, against a plain dictionary."""
    items, chance = Counting(), random.Random(seed)
    snapshots = Snapshots(items)
    inside: dict[str, str] = {}
    gone: set[str] = set()
    for kind, number, content in steps:
        name = f"arrival{number}"
        items.calls, items.after = 0, chance.random() < 0.5
        items.fail_at = chance.choice([-1, -1, chance.randrange(1, 16)])
        for _ in range(2):
            try:
                if kind == "r":
                    snapshots.remove(*PLACE, removal(name))
                    gone |= {name} & inside.keys()
                    inside.pop(name, None)
                elif name in gone:
                    with pytest.raises(RemovedData):
                        add(snapshots, name, parts=[part(f"c{content}")])
                else:
                    owner = add(snapshots, name, parts=[part(f"c{content}")])[1]
                    if owner == name:
                        inside.setdefault(name, f"c{content}")
                    assert inside[owner] in {f"c{content}", inside.get(name)}
                break
            except TimeoutError:
                items.fail_at = -1
    items.fail_at = -1
    head = snapshots.latest(*PLACE)
    found = {one.arrival_id: one.sha256 for one in snapshots.parts(head)} if head else {}
    assert found == inside
    assert len(set(found.values())) == len(found)
    assert (head.rows, head.arrival_count) == (len(found), len(found)) if head else not found


def test_removed_arrivals_leave_the_dataset_and_a_record_of_why() -> None:
    snapshots = Snapshots(MemoryItems())
    for name in "abc":
        last = add(snapshots, name)[0]
    without = snapshots.remove(*PLACE, removal("a", "c", "unknown"))
    assert without is not None
    assert (names(snapshots, without), without.rows, without.part_count, without.arrival_count) == (
        ["b"],
        1,
        1,
        1,
    )
    assert without.removal == removal("a", "c")
    assert without.columns == last.columns
    assert snapshots.removed(*PLACE) == {name: (4, 4, removal("a", "c")) for name in "ac"}
    assert names(snapshots, snapshots.find(last.id)) == ["a", "b", "c"]
    assert snapshots.remove(*PLACE, removal("a", "c")) is None
    with pytest.raises(RemovedData, match="removed"):
        add(snapshots, "a")


def test_what_was_replaced_is_gone_but_kept_until_it_is_erased() -> None:
    snapshots = Snapshots(MemoryItems())
    first = add(snapshots, "a")[0]
    add(snapshots, "replay", parts=[part("other")])
    replaced = removal("a").model_copy(update={"kept": True, "rule": "replaced by its replay"})
    assert snapshots.remove(*PLACE, replaced) is not None
    assert snapshots.remove(*PLACE, replaced) is None
    assert snapshots.removed(*PLACE) == {"a": (3, None, replaced)}
    assert add(snapshots, "a") == (first, "a")
    head = snapshots.remove(*PLACE, removal("a", "replay"))
    assert head is not None
    assert (head.rows, head.arrival_count, names(snapshots, head)) == (0, 0, [])
    gone = snapshots.removed(*PLACE)
    assert (gone["a"].since, gone["a"].erased, gone["replay"].since) == (3, 4, 4)
    assert add(snapshots, "later")[0].rows == 1
    assert snapshots.removed(*PLACE) == gone
    assert snapshots.remove(*PLACE, removal("a", "replay")) is None
    assert names(snapshots, first) == ["a"]


def test_bytes_that_were_removed_may_come_again_as_another_arrival() -> None:
    snapshots = Snapshots(MemoryItems())
    add(snapshots, "a")
    snapshots.remove(*PLACE, removal("a"))
    assert add(snapshots, "later", parts=[part("a")])[1] == "later"
    assert add(snapshots, "copy", parts=[part("a")])[1] == "later"


def test_an_id_tells_the_whole_history() -> None:
    one = snapshot_id([part("a")], COLUMNS)
    assert snapshot_id([part("b")], COLUMNS, parent=one) != snapshot_id([part("b")], COLUMNS)
    assert snapshot_id([], COLUMNS, parent=one, removed=["a"]) != snapshot_id([], COLUMNS, parent=one)
    again = part("a").model_copy(update={"version": "other"})
    assert snapshot_id([again], COLUMNS) == one


def test_an_unknown_id_is_not_found() -> None:
    with pytest.raises(NotFound):
        Snapshots(MemoryItems()).find("x")
