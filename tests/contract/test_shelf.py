"""What every shelf of one file promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

from penstock.catalog.search import FolderShelf, S3Shelf, Shelf
from penstock.errors import Conflict

PLACES = ["folder", "s3"]


@pytest.fixture(params=PLACES)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    if request.param == "folder":
        return FolderShelf(tmp_path / "shelf")
    request.getfixturevalue("aws")
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="artifacts")
    client.put_object(Bucket="artifacts", Key="search/catalog.sqlite.old", Body=b"another")
    return S3Shelf(client, "artifacts", "search/catalog.sqlite")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(b"one")
    return tmp_path / "file"


def test_where_no_file_is_there_is_no_tag(shelf: Shelf) -> None:
    assert shelf.tag() is None
    assert shelf.edition() is None


def test_a_file_is_put_and_fetched_with_its_digest(shelf: Shelf, file: Path, tmp_path: Path) -> None:
    shelf.replace(file, digest="d1", expect=None)
    edition = shelf.edition()
    assert edition is not None
    assert (edition.tag, edition.digest) == (shelf.tag(), "d1")
    assert shelf.fetch(tmp_path / "copy", edition.tag)
    assert (tmp_path / "copy").read_bytes() == b"one"


def test_only_who_has_seen_the_file_replaces_it(shelf: Shelf, file: Path, tmp_path: Path) -> None:
    shelf.replace(file, digest="d1", expect=None)
    first = shelf.tag()
    file.write_bytes(b"two")
    shelf.replace(file, digest="d2", expect=first)
    file.write_bytes(b"three")
    for stale in (None, first):
        with pytest.raises(Conflict, match="replaced the file first"):
            shelf.replace(file, digest="d3", expect=stale)
    assert not shelf.fetch(tmp_path / "copy", str(first))
    assert shelf.fetch(tmp_path / "copy", str(shelf.tag()))
    assert (tmp_path / "copy").read_bytes() == b"two"


def test_where_a_file_was_expected_and_none_is_nothing_is_put(shelf: Shelf, file: Path) -> None:
    with pytest.raises(Conflict):
        shelf.replace(file, digest="d", expect='"0123456789abcdef0123456789abcdef"')
    assert shelf.tag() is None


def test_of_several_first_writers_one_wins(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path / "shelf")

    def put(number: int) -> bool:
        path = tmp_path / str(number)
        path.write_bytes(b"%d" % number)
        try:
            shelf.replace(path, digest=str(number), expect=None)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(put, range(8))) == 1
