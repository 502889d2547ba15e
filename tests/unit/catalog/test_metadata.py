"""What people say stands beside what is registered, with who and when; what is observed never goes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from penstock.catalog.metadata import Metadata, Operations, Term
from penstock.errors import Conflict, InvalidSpec, NotFound
from penstock.stores import MemoryItems
from penstock.stores.items import Item

NODE = "dataset:uc/ds"


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}.000Z"


@pytest.fixture
def metadata() -> Metadata:
    return Metadata(MemoryItems())


def test_tags_are_added_removed_and_remembered(metadata: Metadata) -> None:
    metadata.tag(NODE, add=["Gold", "gdpr"], by="ann", at=at(1))
    assert metadata.tag(NODE, add=["raw"], remove=["GOLD", "never"], by="bob", at=at(2)).tags == (
        "gdpr",
        "raw",
    )
    assert metadata.curated()[NODE].tags == ("gdpr", "raw")
    history = metadata.tag_history(NODE)
    assert [(one.tags, one.by) for one in history] == [(("gdpr", "gold"), "ann"), (("gdpr", "raw"), "bob")]


def test_what_is_so_already_is_no_change(metadata: Metadata) -> None:
    metadata.tag(NODE, add=["gold"], by="ann", at=at(1))
    assert metadata.tag(NODE, add=["gold"], by="bob", at=at(2)).by == "ann"
    assert len(metadata.tag_history(NODE)) == 1


@pytest.mark.parametrize("tag", ["", " ", "two words", "ä", "a" * 65, "-first", "a;b", "<b>"])
def test_what_is_no_tag_is_refused(metadata: Metadata, tag: str) -> None:
    with pytest.raises(InvalidSpec, match="no tag"):
        metadata.tag(NODE, add=[tag], by="ann", at=at(1))


def test_a_thing_has_at_most_fifty_tags(metadata: Metadata) -> None:
    with pytest.raises(InvalidSpec, match="too many"):
        metadata.tag(NODE, add=[f"t{number}" for number in range(51)], by="ann", at=at(1))


def test_a_term_is_found_however_it_is_written_and_its_past_is_kept(metadata: Metadata) -> None:
    for second, definition in enumerate(("Paid late.", "Paid after the due day."), start=1):
        metadata.define(Term(name="Late payment", definition=definition, by="ann", at=at(second)))
    assert metadata.term("LATE-payment").definition == "Paid after the due day."
    assert [one.definition for one in metadata.term_history("late payment")] == [
        "Paid late.",
        "Paid after the due day.",
    ]
    assert len(metadata.terms()) == 1
    with pytest.raises(NotFound, match="no such term"):
        metadata.term("early payment")


@pytest.mark.parametrize(
    "said",
    [
        {"name": "!?"},
        {"name": "x" * 81},
        {"definition": " "},
        {"definition": "x" * 4_001},
        {"synonyms": ("",)},
    ],
)
def test_a_term_that_says_nothing_or_too_much_is_refused(metadata: Metadata, said: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec, match="cannot be kept"):
        metadata.define(Term(**{"name": "Late", "definition": "Paid late.", **said}))


def test_people_who_tag_at_once_all_count(metadata: Metadata) -> None:
    def tag(number: int) -> None:
        for _ in range(20):
            try:
                metadata.tag(NODE, add=[f"t{number}"], by="ann", at=at(number))
            except Conflict:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tag, range(8)))
    assert metadata.curated()[NODE].tags == tuple(f"t{number}" for number in range(8))
    assert [len(one.tags) for one in metadata.tag_history(NODE)] == [*range(1, 9)]


class Crashing(MemoryItems):
    """A store that breaks off once between a version and what makes it the current one."""

    crash = True

    def put(self, item: Item, *, expect: int | None = None) -> Item:
        if item["pk"] == "curated" and self.crash:
            self.crash = False
            raise RuntimeError("crash")
        return super().put(item, expect=expect)


def test_what_a_crash_left_undone_the_next_one_finishes() -> None:
    metadata = Metadata(Crashing())
    with pytest.raises(RuntimeError, match="crash"):
        metadata.tag(NODE, add=["one"], by="ann", at=at(1))
    assert metadata.tag(NODE, add=["two"], by="bob", at=at(2)).tags == ("one", "two")
    assert [one.by for one in metadata.tag_history(NODE)] == ["ann", "bob"]


class Overtaken(MemoryItems):
    """A store in which another writer comes between a version and what makes it the current one."""

    other: Any = None

    def put(self, item: Item, *, expect: int | None = None) -> Item:
        if item["pk"] == "curated" and self.other:
            other, self.other = self.other, None
            other()
        return super().put(item, expect=expect)


def test_a_writer_who_is_overtaken_does_not_undo_what_came_after() -> None:
    items = Overtaken()
    metadata = Metadata(items)
    items.other = lambda: metadata.tag(NODE, add=["two"], by="bob", at=at(2))
    metadata.tag(NODE, add=["one"], by="ann", at=at(1))
    assert metadata.curated()[NODE].tags == ("one", "two")


def test_an_older_snapshot_does_not_overwrite_what_a_newer_one_says(metadata: Metadata) -> None:
    for sequence in (1, 3, 2, 3):
        facts = {"rows_in": 10, "rows_curated": sequence}
        metadata.observe(Operations(node=NODE, at=at(sequence), sequence=sequence, facts=facts))
    found = metadata.operations()[NODE]
    assert (found.sequence, found.quality) == (3, 0.3)
    assert Operations(node=NODE, at=at(1), sequence=1).quality is None
