"""What every item store promises."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import Conflict
from penstock.stores import ItemStore


def item(sk: str = "1", **values: Any) -> dict[str, Any]:
    return {"pk": "a", "sk": sk, **values}


def test_what_is_put_can_be_got(items: ItemStore) -> None:
    values: dict[str, Any] = {
        "text": "größe", "whole": 3, "number": 0.1, "flag": True, "nothing": None, "empty": "",
        "list": [1, "two", {"three": 3.5}], "map": {"deep": {"er": [None]}},
    }  # fmt: skip
    stored = items.put(item(**values), expect=0)
    assert stored == item(**values, revision=1)
    assert items.get("a", "1") == stored


def test_what_is_not_there_is_none(items: ItemStore) -> None:
    assert items.get("a", "1") is None
    items.delete("a", "1")


def test_whole_numbers_come_back_as_whole_numbers(items: ItemStore) -> None:
    items.put(item(count=7, share=0.25))
    found = items.get("a", "1")
    assert found is not None
    assert (type(found["count"]), type(found["share"]), type(found["revision"])) == (int, float, int)


def test_a_second_creation_conflicts_and_changes_nothing(items: ItemStore) -> None:
    items.put(item(colour="red"), expect=0)
    with pytest.raises(Conflict):
        items.put(item(colour="blue"), expect=0)
    assert items.get("a", "1") == item(colour="red", revision=1)


def test_a_stale_change_conflicts(items: ItemStore) -> None:
    first = items.put(item(colour="red"), expect=0)
    second = items.put({**first, "colour": "blue"}, expect=1)
    assert second["revision"] == 2
    with pytest.raises(Conflict):
        items.put({**first, "colour": "green"}, expect=1)
    with pytest.raises(Conflict):
        items.put(item("2"), expect=1)


def test_without_expectation_the_last_writer_wins(items: ItemStore) -> None:
    assert items.put(item(colour="red"))["revision"] == 1
    assert items.put(item(colour="blue"))["revision"] == 2
    found = items.get("a", "1")
    assert found is not None
    assert found["colour"] == "blue"


def test_what_was_returned_can_be_changed_without_harm(items: ItemStore) -> None:
    items.put(item(tags=["x"]))
    found = items.get("a", "1")
    assert found is not None
    found["tags"].append("y")
    assert items.get("a", "1") == item(tags=["x"], revision=1)


def test_a_query_yields_a_partition_in_order(items: ItemStore) -> None:
    for sk in ("b#2", "a#1", "b#10", "b#1", "c#1"):
        items.put(item(sk))
    items.put({"pk": "other", "sk": "b#1"})
    assert [found["sk"] for found in items.query("a")] == ["a#1", "b#1", "b#10", "b#2", "c#1"]
    assert [found["sk"] for found in items.query("a", prefix="b#")] == ["b#1", "b#10", "b#2"]
    newest = items.query("a", prefix="b#", newest_first=True, limit=2)
    assert [found["sk"] for found in newest] == ["b#2", "b#10"]
    assert list(items.query("nobody")) == []


def test_a_query_goes_on_beyond_a_page(items: ItemStore) -> None:
    for number in range(30):
        items.put(item(f"{number:02d}", filler="x" * 50_000), expect=0)
    assert [found["sk"] for found in items.query("a")] == [f"{number:02d}" for number in range(30)]
    assert len(list(items.query("a", limit=25))) == 25


def test_what_is_deleted_is_gone_and_can_be_made_anew(items: ItemStore) -> None:
    items.put(item(), expect=0)
    items.delete("a", "1")
    assert items.get("a", "1") is None
    assert items.put(item(), expect=0)["revision"] == 1
