"""A package is, to the byte, the one that was registered, or it is refused."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.errors import ChangedModel, NotFound
from penstock.models import ModelVersion, Stage
from penstock.models.signing import sign_package, verify_folder, verify_package
from penstock.stores import FolderObjects

KEY = "runs/demo/r1/model/model.tar.gz"
FILES = {"model.json": b"{}", "model.ubj": b"trees", "preparation.json": b"[]"}


def archive(files: dict[str, bytes], *, link: str = "", mode: str = "w:gz") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as tar:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
        if link:
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(entry)
    return made.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> FolderObjects:
    store = FolderObjects(tmp_path / "bucket")
    store.write(KEY, archive(FILES))
    return store


def version(store: FolderObjects, *, signed: bool = True) -> ModelVersion:
    return ModelVersion(
        use_case="demo",
        version=3,
        run_id="r1",
        stage=Stage.APPROVED,
        candidate="c",
        model_key=KEY,
        evaluation_prefix="e",
        requested_by="dana",
        created_at="2026-01-01",
        signature=sign_package(store, KEY) if signed else None,
    )


def test_a_signature_has_the_hash_of_every_file_and_of_the_whole(store: FolderObjects) -> None:
    signature = sign_package(store, KEY)
    assert list(signature.files) == sorted(FILES)
    assert signature.bytes == len(store.read(KEY))
    assert verify_package(store, version(store)) == signature


CHANGES: dict[str, tuple[Callable[[FolderObjects], object], str]] = {
    "a file replaced": (
        lambda store: store.write(KEY, archive({**FILES, "model.ubj": b"other"})),
        "model.ubj differ",
    ),
    "a file added": (lambda store: store.write(KEY, archive({**FILES, "x.py": b""})), "x.py differ"),
    "a file removed": (
        lambda store: store.write(KEY, archive({"model.json": b"{}"})),
        "model.ubj, preparation.json differ",
    ),
    "packed anew": (lambda store: store.write(KEY, archive(FILES, mode="w:xz")), "sha256"),
    "a byte behind the end": (lambda store: store.write(KEY, store.read(KEY) + b"\0"), "sha256"),
    "cut off": (lambda store: store.write(KEY, store.read(KEY)[:-20]), "sha256"),
    "something else": (lambda store: store.write(KEY, b"MZ"), "no archive"),
    "removed": (lambda store: store.mark_deleted(KEY), "no package"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_refused_and_named(store: FolderObjects, change: str) -> None:
    registered = version(store)
    do, found = CHANGES[change]
    do(store)
    with pytest.raises(ChangedModel, match=found) as caught:
        verify_package(store, registered)
    assert "version 3 of demo" in caught.value.where


def test_a_version_without_a_signature_is_refused(store: FolderObjects) -> None:
    with pytest.raises(ChangedModel, match="without a signature"):
        verify_package(store, version(store, signed=False))


def test_a_link_in_a_package_is_refused(store: FolderObjects) -> None:
    store.write(KEY, archive(FILES, link="model.txt"))
    with pytest.raises(ChangedModel, match=r"model\.txt"):
        sign_package(store, KEY)


def test_a_name_that_is_there_twice_is_refused(store: FolderObjects) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for data in (b"good", b"evil"):
            entry = tarfile.TarInfo("model.json")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    store.write(KEY, made.getvalue())
    with pytest.raises(ChangedModel, match="no file of its own"):
        sign_package(store, KEY)


def test_a_missing_package_cannot_be_signed(store: FolderObjects) -> None:
    with pytest.raises(NotFound):
        sign_package(store, "elsewhere")


@pytest.mark.parametrize("change", ["", "model.ubj", "new.py", "-model.ubj"])
def test_an_unpacked_package_is_checked_before_it_is_loaded(
    store: FolderObjects, tmp_path: Path, change: str
) -> None:
    folder, digest = tmp_path / "model", sign_package(store, KEY).digest
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    if change.startswith("-"):
        (folder / change[1:]).unlink()
    elif change:
        (folder / change).write_bytes(b"evil")
    verify_folder(folder, "")
    if not change:
        verify_folder(folder, digest)
        return
    with pytest.raises(ChangedModel):
        verify_folder(folder, digest)
