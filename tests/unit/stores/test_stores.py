"""What only one kind of store does, or what the shared tests cannot see."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from penstock.errors import NotFound, TransientError
from penstock.stores import FolderObjects, ObjectVersion
from penstock.stores.aws import DynamoItems, S3Objects


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def test_a_key_cannot_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    store = FolderObjects(tmp_path / "store")
    for key in ("../secret", "/etc/hostname", "a/../../secret"):
        with pytest.raises(NotFound):
            store.read(key)


def test_floats_are_kept_exactly() -> None:
    table = Mock()
    DynamoItems(table).put(
        {"pk": "a", "sk": "b", "x": 0.1, "deep": [{"y": 1e-9}], "nan": float("nan")}, expect=0
    )
    item: dict[str, Any] = table.put_item.call_args.kwargs["Item"]
    assert (item["x"], item["deep"][0]["y"], item["nan"]) == (Decimal("0.1"), Decimal("1E-9"), "nan")


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "AccessDeniedException"])
def test_other_errors_of_dynamodb_are_not_hidden(code: str) -> None:
    table = Mock()
    table.put_item.side_effect = client_error(code)
    with pytest.raises(ClientError, match=code):
        DynamoItems(table).put({"pk": "a", "sk": "b"}, expect=0)


def test_a_replacement_goes_on_until_it_wins() -> None:
    table = Mock()
    table.get_item.side_effect = [{"Item": {"pk": "a", "sk": "b", "revision": n}} for n in (1, 2)]
    table.put_item.side_effect = [client_error("ConditionalCheckFailedException"), None]
    assert DynamoItems(table).put({"pk": "a", "sk": "b"})["revision"] == 3


@pytest.mark.parametrize(("code", "error"), [("NoSuchKey", NotFound), ("AccessDenied", ClientError)])
def test_s3_says_what_is_missing_and_what_is_forbidden(code: str, error: type[Exception]) -> None:
    client = Mock()
    client.get_object.side_effect = client_error(code)
    with pytest.raises(error):
        S3Objects(client, "bucket").read("key")


def test_a_version_that_s3_keeps_is_told(tmp_path: Path) -> None:
    client = Mock()
    client.delete_objects.return_value = {"Errors": [{"Code": "AccessDenied", "Key": "a", "Message": "no"}]}
    with pytest.raises(TransientError, match="AccessDenied"):
        S3Objects(client, "bucket").erase([ObjectVersion("a", "1", 1)])


def test_versions_gone_before_are_no_error() -> None:
    client = Mock()
    client.delete_objects.return_value = {"Errors": [{"Code": "NoSuchVersion", "Key": "a"}]}
    assert S3Objects(client, "bucket").erase([ObjectVersion("a", "1", 1)]) == 1


def test_a_delete_marker_hides_a_file_until_it_is_erased(tmp_path: Path) -> None:
    store = FolderObjects(tmp_path)
    store.write("a", b"one")
    store.mark_deleted("a")
    assert list(store.keys("")) == []
    store.erase([one for one in store.versions("a") if one.marker])
    assert store.read("a") == b"one"


def test_a_file_put_there_by_hand_is_a_version_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"by hand")
    store = FolderObjects(tmp_path)
    assert store.head("a").version == "null"
    store.write("a", b"new")
    assert store.read("a", version="null") == b"by hand"
    assert store.erase(store.versions("a")) == 2
    assert not (tmp_path / "a").exists()


def test_s3_is_asked_to_erase_a_thousand_versions_at_once() -> None:
    client = Mock()
    client.delete_objects.return_value = {}
    assert S3Objects(client, "bucket").erase(ObjectVersion(str(n), "1", 1) for n in range(2_003)) == 2_003
    sent = [len(call.kwargs["Delete"]["Objects"]) for call in client.delete_objects.call_args_list]
    assert sent == [1_000, 1_000, 3]
