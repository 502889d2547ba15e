"""The index follows the catalogue, whoever writes meanwhile, and is fetched only when it is another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.catalog.search import FolderShelf, SearchIndex, search
from penstock.catalog.search.shelf import cached
from penstock.errors import Conflict, InvalidSpec, NotFound
from penstock.models import ModelRepository, ModelVersion
from penstock.stores import MemoryItems
from tests.unit.catalog.search.conftest import NOW

TAGGED = "dataset:demo_case/invoices"


@pytest.fixture
def index(folder: Path) -> SearchIndex:
    return SearchIndex(shelf=FolderShelf(folder / "shelf"), cache=folder / "cache", now=lambda: NOW)


def found(index: SearchIndex, text: str) -> list[str]:
    return [hit["node"] for hit in index.answer({"text": text})["hits"]]


def test_before_anything_is_indexed_nothing_is_found(index: SearchIndex) -> None:
    answer = index.answer({"text": "anything"})
    assert (answer["total"], answer["indexed_at"]) == (0, "")


def test_what_changes_is_found_after_the_next_rebuild(
    index: SearchIndex, catalog: Catalog, models: ModelRepository
) -> None:
    assert index.rebuild(catalog, models)["outcome"] == "replaced"
    assert found(index, "tag:gold") == []
    catalog.metadata.tag(TAGGED, add=["gold"], by="s", at=NOW)
    assert index.rebuild(catalog, models) == {"outcome": "replaced", "documents": 9, "unreadable": []}
    assert found(index, "tag:gold") == [TAGGED]


def test_a_rebuild_that_would_say_the_same_replaces_nothing(
    index: SearchIndex, catalog: Catalog, models: ModelRepository
) -> None:
    index.rebuild(catalog, models)
    before = index.shelf.tag()
    assert index.rebuild(catalog, models)["outcome"] == "unchanged"
    assert index.shelf.tag() == before


class Racing(ModelRepository):
    """Models after whose reading another writer, who has read what is newer, is faster once."""

    other: Any = None

    def versions(self, use_case: str) -> list[ModelVersion]:
        found, other, self.other = super().versions(use_case), self.other, None
        if other:
            other()
        return found


def test_a_slow_writer_does_not_undo_what_a_faster_one_has_read(
    folder: Path, catalog: Catalog, models: ModelRepository
) -> None:
    def faster() -> None:
        catalog.metadata.tag(TAGGED, add=["gold"], by="s", at=NOW)
        SearchIndex(shelf=FolderShelf(folder / "shelf"), cache=folder / "cache", now=lambda: NOW).rebuild(
            catalog, models
        )

    slow = Racing(MemoryItems())
    slow.other = faster
    index = SearchIndex(shelf=FolderShelf(folder / "shelf"), cache=folder / "cache", now=lambda: NOW)
    assert index.rebuild(catalog, slow)["outcome"] == "unchanged"
    assert slow.other is None
    assert found(index, "tag:gold") == [TAGGED]


def test_many_writers_at_once_lose_no_change(
    index: SearchIndex, catalog: Catalog, models: ModelRepository
) -> None:
    def change(number: int) -> None:
        catalog.metadata.tag(TAGGED, add=[f"t{number}"], by="s", at=NOW)
        index.rebuild(catalog, models)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, range(8)))
    (tags,) = [hit["facets"]["tag"] for hit in index.answer({"text": "kind:dataset"})["hits"]]
    assert tags == [f"t{number}" for number in range(8)]


def test_a_writer_who_is_never_first_says_so(folder: Path, catalog: Catalog, models: ModelRepository) -> None:
    class Lost(FolderShelf):
        def replace(self, path: Path, *, digest: str, expect: str | None) -> None:
            raise Conflict("Never.")

    index = SearchIndex(shelf=Lost(folder / "shelf"), cache=folder / "cache", now=lambda: NOW, pause=0)
    with pytest.raises(Conflict, match="kept replacing"):
        index.rebuild(catalog, models)


def test_a_copy_is_fetched_once_and_the_one_before_is_removed(folder: Path) -> None:
    fetched = []

    class Counting(FolderShelf):
        def fetch(self, path: Path, tag: str) -> bool:
            fetched.append(tag)
            return super().fetch(path, tag)

    shelf, cache = Counting(folder / "shelf"), folder / "cache"
    for content in ("one", "two"):
        (folder / "new").write_text(content)
        shelf.replace(folder / "new", digest=content, expect=shelf.tag())
        copies = {cached(shelf, cache, name="x") for _ in range(3)}
        assert [copy.read_text() for copy in copies if copy] == [content]
    assert len(fetched) == 2
    assert len(list(cache.iterdir())) == 1


def test_a_file_that_is_replaced_while_it_is_fetched_is_fetched_again(folder: Path) -> None:
    class Moving(FolderShelf):
        moved = False

        def fetch(self, path: Path, tag: str) -> bool:
            if not self.moved:
                self.moved = True
                (folder / "new").write_text("two")
                self.replace(folder / "new", digest="2", expect=tag)
            return super().fetch(path, tag)

    shelf = Moving(folder / "shelf")
    (folder / "new").write_text("one")
    shelf.replace(folder / "new", digest="1", expect=None)
    copy = cached(shelf, folder / "cache", name="x")
    assert copy is not None
    assert copy.read_text() == "two"


@pytest.mark.parametrize(
    "payload",
    [{"limit": 0}, {"limit": 101}, {"limit": "many"}, {"offset": -1}, {"words": "x"}, {"text": 1},
     {"filters": []}, {"filters": {"colour": ["red"]}}, {"text": "x" * 1_001}],
)  # fmt: skip
def test_a_request_that_is_none_is_refused_in_words(index: SearchIndex, payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec):
        index.answer(payload)


class FakePlatform:
    """A platform that passes the request to an index."""

    def __init__(self, index: SearchIndex, *functions: str) -> None:
        self.functions, self._index = dict.fromkeys(functions, "f"), index

    def call(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        assert function == "search"
        return self._index.answer(payload)


def test_python_asks_with_words_and_filters(
    index: SearchIndex, catalog: Catalog, models: ModelRepository
) -> None:
    index.rebuild(catalog, models)
    platform: Any = FakePlatform(index, "search")
    results = search(platform, "amount", kind="column", owner=["finance", "sales"])
    assert [hit.node for hit in results.hits] == ["column:demo_case/invoices/amount"]
    with pytest.raises(NotFound, match="no search"):
        search(FakePlatform(index), "amount")  # type: ignore[arg-type]
