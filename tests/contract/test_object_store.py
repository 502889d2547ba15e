"""What every object store promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.errors import NotFound
from penstock.stores import ObjectStore

KEY = "a folder/Müller (mai).csv"


def test_what_is_written_can_be_read(objects: ObjectStore) -> None:
    objects.write(KEY, b"one")
    objects.write(KEY, b"two", content_type="text/csv")
    assert objects.read(KEY) == b"two"


def test_files_go_up_and_come_down(objects: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x" * 100_000)
    objects.upload(tmp_path / "source", KEY)
    objects.download(KEY, tmp_path / "deep" / "er" / "target")
    assert (tmp_path / "deep" / "er" / "target").read_bytes() == b"x" * 100_000


def test_what_is_not_there_is_not_found(objects: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        objects.read("nothing")
    with pytest.raises(NotFound):
        objects.download("nothing", tmp_path / "target")


def test_keys_are_listed_by_prefix_in_order(objects: ObjectStore) -> None:
    for key in ("b/2", "a/1", "b/10", "bb/1"):
        objects.write(key, b"")
    assert list(objects.keys("b/")) == ["b/10", "b/2"]
    assert list(objects.keys("b")) == ["b/10", "b/2", "bb/1"]
    assert list(objects.keys("c")) == []


def test_an_object_can_be_copied(objects: ObjectStore) -> None:
    objects.write(KEY, b"water")
    objects.copy(KEY, "copy/of it.csv")
    objects.copy(KEY, "again.csv", bucket_uri=objects.uri)
    assert objects.read("copy/of it.csv") == objects.read("again.csv") == b"water"


def test_the_address_has_no_slash_at_the_end(objects: ObjectStore) -> None:
    assert "://" in objects.uri
    assert not objects.uri.endswith("/")


def test_every_version_stays_readable(objects: ObjectStore, tmp_path: Path) -> None:
    objects.write(KEY, b"one")
    first = objects.head(KEY)
    objects.write(KEY, b"second")
    second = objects.head(KEY)
    assert (first.version != second.version, first.bytes, second.bytes) == (True, 3, 6)
    assert objects.read(KEY, version=first.version) == b"one"
    assert objects.head(KEY, version=first.version).bytes == 3
    objects.download(KEY, tmp_path / "old", version=first.version)
    assert (tmp_path / "old").read_bytes() == b"one"
    found = {one.version: (one.bytes, one.latest) for one in objects.versions("a folder/")}
    assert found == {first.version: (3, False), second.version: (6, True)}


def test_an_old_version_can_be_copied(objects: ObjectStore) -> None:
    objects.write(KEY, b"one")
    first = objects.head(KEY).version
    objects.write(KEY, b"two")
    objects.copy(KEY, "copy.csv", version=first)
    assert objects.read("copy.csv") == b"one"


def test_erasing_the_newest_version_brings_the_one_before_back(objects: ObjectStore) -> None:
    objects.write(KEY, b"one")
    objects.write(KEY, b"two")
    assert objects.erase([objects.head(KEY)]) == 1
    assert objects.read(KEY) == b"one"


def test_what_is_erased_is_gone_whatever_way_it_is_asked_for(objects: ObjectStore, tmp_path: Path) -> None:
    for data in (b"one", b"two"):
        objects.write(KEY, data)
    objects.write("a folder/other", b"stays")
    version = objects.head(KEY).version
    every = list(objects.versions(KEY))
    assert objects.erase(iter(every)) == 2
    assert objects.erase(every) == 2
    assert list(objects.versions(KEY)) == []
    assert list(objects.keys("a folder/")) == ["a folder/other"]
    for ask in (objects.read, objects.head, lambda key, **v: objects.download(key, tmp_path / "x", **v)):
        with pytest.raises(NotFound):
            ask(KEY)
        with pytest.raises(NotFound):
            ask(KEY, version=version)


def test_what_is_not_there_has_no_head(objects: ObjectStore) -> None:
    with pytest.raises(NotFound):
        objects.head("nothing")
    assert list(objects.versions("nothing")) == []
