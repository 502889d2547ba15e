"""No tampering with the table escapes the locked copies, whoever knows how hashes are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.errors import TamperedAudit
from penstock.governance import AuditTrail
from penstock.governance.audit import _GENESIS, _hash
from penstock.governance.copies import AuditCopies, check_copies
from penstock.governance.copying import Change, copy_changes, sweep
from penstock.stores import FolderObjects, Item, MemoryItems

AT, LATER = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"
CHAIN, HEAD = "chain#demo", "head#demo"


class World:
    """A chain of five records, all copied."""

    def __init__(self, folder: Path) -> None:
        self.items, self.objects = MemoryItems(), FolderObjects(folder)
        self.trail, self.copies = AuditTrail(self.items), AuditCopies(self.objects)
        for number in range(1, 6):
            self.append(number)
        copy_changes([_insert(item) for item in self.items.query(CHAIN)], self.copies, at=AT)

    def append(self, number: int, at: str = AT) -> None:
        self.trail.append(
            "demo", action="did", actor="ann", subject=str(number), at=at, details={"n": number}
        )

    def findings(self, now: str = LATER) -> tuple[str, ...]:
        return check_copies(self.trail, self.copies, "demo", now=now).findings

    def rewrite(self, keep: Callable[[Item], bool] = lambda item: True, **changes: Any) -> None:
        """Write the whole chain anew, with hashes and heads that fit, as somebody with the table could."""
        old = [item for item in self.items.query(CHAIN) if keep(item)]
        for pk in (CHAIN, HEAD):
            for item in list(self.items.query(pk)):
                self.items.delete(pk, item["sk"])
        previous = _GENESIS
        for number, item in enumerate(old, start=1):
            names = ("use_case", "at", "actor", "action", "subject", "details")
            body = {name: item[name] for name in names} | {"sequence": number, "previous_hash": previous}
            body |= changes if number == 2 else {}
            previous = _hash(body)
            place = f"{number:010d}"
            self.items.put({"pk": CHAIN, "sk": place, **body, "hash": previous})
            self.items.put({"pk": HEAD, "sk": place, "hash": previous})
        self.trail.verify("demo")


def _insert(item: Item) -> Change:
    return Change("INSERT", item["pk"], item["sk"], item)


def put(world: World, number: int, **changes: Any) -> None:
    found = world.items.get(CHAIN, f"{number:010d}")
    assert found is not None
    world.items.put({**found, **changes})


def remove(world: World, *numbers: int) -> None:
    for number in numbers:
        for pk in (CHAIN, HEAD):
            world.items.delete(pk, f"{number:010d}")


def swap(world: World) -> None:
    two, three = (world.items.get(CHAIN, f"{number:010d}") for number in (2, 3))
    assert two is not None
    assert three is not None
    world.items.put({**two, "sk": three["sk"]})
    world.items.put({**three, "sk": two["sk"]})


def garble(world: World) -> None:
    world.items.put({"pk": CHAIN, "sk": f"{3:010d}", "sequence": 3})


def insert(world: World) -> None:
    found = world.items.get(CHAIN, f"{3:010d}")
    assert found is not None
    world.items.put({**found, "sk": found["sk"] + "a"})


TAMPERINGS: dict[str, Callable[[World], object]] = {
    "one changed": lambda world: put(world, 3, actor="eve"),
    "the first removed with its head": lambda world: remove(world, 1),
    "one in the middle removed with its head": lambda world: remove(world, 3),
    "the last removed with its head": lambda world: remove(world, 5),
    "the end cut off": lambda world: remove(world, 3, 4, 5),
    "everything removed": lambda world: remove(world, 1, 2, 3, 4, 5),
    "two in each other's place": swap,
    "one put in": insert,
    "one that is no record": garble,
    "the whole chain written anew with another actor": lambda world: world.rewrite(actor="eve"),
    "the whole chain written anew with other details": lambda world: world.rewrite(details={"n": 3}),
    "the whole chain written anew without one": lambda world: world.rewrite(
        lambda item: item["sequence"] != 3
    ),
    "the whole chain written anew, shorter": lambda world: world.rewrite(lambda item: item["sequence"] < 4),
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_every_tampering_is_found(world: World, tampering: str) -> None:
    assert world.findings() == ()
    TAMPERINGS[tampering](world)
    assert world.findings()


def test_a_chain_written_anew_verifies_by_itself_and_only_the_copies_tell(world: World) -> None:
    world.rewrite(actor="eve")
    assert world.trail.verify("demo") == 5
    assert [one.partition(":")[0] for one in world.findings()] == [f"record {n}" for n in range(2, 6)]


def test_a_copy_that_is_hidden_or_doubled_is_found(world: World) -> None:
    key = next(iter(world.objects.keys("chain/demo/0000000002")))
    world.objects.mark_deleted(key)
    assert world.findings() == ("record 2: its locked copy was hidden by a delete marker",)
    world.objects.write(f"chain/demo/{3:010d}-{'0' * 64}.json", b"{}")
    assert any(one.startswith("record 3: the table has") for one in world.findings())


def test_a_copy_that_is_removed_for_good_is_found(world: World) -> None:
    key = next(iter(world.objects.keys("chain/demo/0000000004")))
    world.objects.erase(list(world.objects.versions(key)))
    assert world.findings() == (f"record 4: no locked copy, though it was written at {AT}",)


def test_record_and_copy_removed_together_are_missed_in_the_chain(world: World) -> None:
    for number in (4, 5):
        world.objects.erase(list(world.objects.versions(f"chain/demo/{number:010d}")))
    remove(world, 4)
    assert any("missing or moved" in one for one in world.findings())


def test_a_copy_that_was_written_over_is_found_by_reading_it(world: World) -> None:
    key = next(iter(world.objects.keys("chain/demo/0000000002")))
    world.objects.write(key, world.objects.read(key).replace(b"ann", b"eve"))
    assert world.findings() == ()
    read = check_copies(world.trail, world.copies, "demo", now=LATER, read=True)
    assert read.findings == (f"a copy whose content is another: {key}",)


def test_a_new_record_may_wait_for_its_copy_but_not_for_ever(world: World) -> None:
    world.append(6, at="2026-01-02T00:00:00.000Z")
    soon = check_copies(world.trail, world.copies, "demo", now="2026-01-02T00:04:00.000Z")
    assert (soon.intact, soon.waiting) == (True, 1)
    assert "record 6: no locked copy" in world.findings("2026-01-02T00:06:00.000Z")[0]


@pytest.mark.parametrize("kind", ["MODIFY", "REMOVE"])
def test_a_change_raises_an_alarm_that_stays_though_it_is_taken_back(world: World, kind: str) -> None:
    told = copy_changes([Change(kind, CHAIN, f"{2:010d}", {})], world.copies, at=LATER)
    assert len(told.alarms) == 1
    assert world.findings() == (
        f"chain 2 was {'changed' if kind == 'MODIFY' else 'removed'} in the table at {LATER}",
    )


def test_what_is_no_record_raises_an_alarm_and_stops_nothing(world: World) -> None:
    world.append(6)
    good = _insert(next(iter(world.items.query(CHAIN, newest_first=True, limit=1))))
    forged = Change("INSERT", CHAIN, f"{7:010d}", {**good.item, "actor": "eve"})
    told = copy_changes([Change("INSERT", CHAIN, "x", {"pk": CHAIN}), forged, good], world.copies, at=LATER)
    assert (told.copied, len(told.alarms)) == (1, 2)
    assert copy_changes([good], world.copies, at=LATER) == (1, ())
    assert copy_changes([Change("INSERT", "other", "x", {})], world.copies, at=LATER) == (0, ())


def test_the_daily_sweep_copies_what_was_missed_and_nothing_of_a_broken_chain(world: World) -> None:
    catalog = Catalog(MemoryItems())
    world.trail.append("platform", action="did", actor="ann", subject="x", at=AT)
    told = sweep(catalog, world.trail, world.copies, now=LATER)
    assert (told["copied"], told["records"], told["findings"]) == (1, 1, [])
    world.trail.append("glossary", action="did", actor="ann", subject="x", at=AT)
    found = world.items.get("chain#glossary", f"{1:010d}")
    assert found is not None
    world.items.put({**found, "actor": "eve"})
    told = sweep(catalog, world.trail, world.copies, now=LATER)
    assert told["copied"] == 0
    assert any(one.startswith("glossary: ") for one in told["findings"])


def test_the_copies_can_be_read_back_and_prove_themselves(world: World) -> None:
    assert list(world.copies.records("demo")) == list(world.trail.records("demo"))
    key = next(iter(world.objects.keys("chain/demo/0000000003")))
    world.objects.write(key, world.objects.read(key).replace(b"ann", b"eve"))
    with pytest.raises(TamperedAudit):
        list(world.copies.records("demo"))
