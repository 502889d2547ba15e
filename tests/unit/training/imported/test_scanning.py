"""What a pickle would import, and what a file is, seen without running any of it."""

from __future__ import annotations

import bz2
import collections
import gzip
import lzma
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.training.imported import ModelRefused, describe, detect, formats, pickles

RAN: list[str] = []


def run(word: str) -> str:
    RAN.append(word)
    return word


class Evil:
    """Calls a function of ours when it is unpickled."""

    def __reduce__(self) -> Any:
        return run, ("unpickled",)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("pack", [bytes, zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_every_name_is_found_in_every_protocol_and_compression(
    tmp_path: Path, protocol: int, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pack(pickle.dumps([{"inside": (1, Evil())}], protocol)))
    with pytest.raises(ModelRefused, match=r"test_scanning\.run"):
        pickles.scan(path)
    assert RAN == []


def test_harmless_values_pass_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    held = collections.OrderedDict(a={1, 2}, b=frozenset({3}), c=slice(1, 2), d=complex(1, 2), e=b"x" * 99)
    path.write_bytes(pickle.dumps(held))
    assert pickles.scan(path) == ("builtins.complex", "builtins.slice", "collections.OrderedDict")


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (b"cos\nsystem\n(S'true'\ntR.", r"os\.system"),
        (b"cbuiltins\neval\n(S'1'\ntR.", r"builtins\.eval"),
        (b"csklearn.base\nos.system\n(S'true'\ntR.", r"sklearn\.base\.os\.system"),
        (b"(S'true'\nios\nsystem\n.", r"os\.system"),
        (b"cbuiltins\ngetattr\n(cnumpy\ndtype\nS'x'\ntR.", r"builtins\.getattr"),
        (b"Pplace\n.", "outside of it"),
        (b"\x82\x01.", "by number"),
        (b"\x80\x04N", "no whole pickle"),
        (b"", "no whole pickle"),
        (b"garbage", "no whole pickle"),
    ],
)
def test_streams_written_by_hand(stream: bytes, said: str) -> None:
    with pytest.raises(ModelRefused, match=said):
        pickles.scan_bytes(stream)


def test_a_name_is_trusted_alone_and_whole() -> None:
    data = pickle.dumps(Evil())
    name = f"{run.__module__}.run"
    assert pickles.scan_bytes(data, (name,)) == (name,)
    with pytest.raises(ModelRefused):
        pickles.scan_bytes(data, (run.__module__,))
    assert RAN == []


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (b"tree\nversion=v4\n", "lightgbm"),
        (b'{"learner":{"attributes":{}}}', "xgboost"),
        (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{", "xgboost"),
        (b'<?xml version="1.0"?>\n<PMML version="4.4"/>', "pmml"),
        (pickle.dumps([1]), "pickle"),
        (zlib.compress(b"x"), "pickle"),
    ],
)
def test_formats_are_seen_from_the_content(tmp_path: Path, content: bytes, format: str) -> None:
    (tmp_path / "model.bin").write_bytes(content)
    assert detect(tmp_path / "model.bin") == format


def test_a_description_names_content_and_what_was_said(tmp_path: Path) -> None:
    path = tmp_path / "mein Modell (2).txt"
    path.write_bytes(b"tree\nversion=v4\n")
    source = describe(path, columns=("b", "a"), classes=(), positive="")
    assert (source.format, source.file, source.bytes) == ("lightgbm", "mein_Modell__2_.txt", 16)
    assert source.columns == ("b", "a")
    formats.verify(path, source)
    path.write_bytes(b"tree\nversion=v5\n")
    with pytest.raises(ModelRefused, match="changed after it was brought in"):
        formats.verify(path, source)


def test_half_an_archive_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "half.skops").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ModelRefused, match=r"damaged or incomplete[\s\S]*Copy the file again"):
        detect(tmp_path / "half.skops")
