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
