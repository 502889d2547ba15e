"""Sifting agrees with other readers, wherever the blocks are cut."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import penstock.onboarding.sift as sifting
from penstock.onboarding.header import Header, read_header
from penstock.onboarding.sift import Sifted, sift
from penstock.specs import Column, Contract, ContractFormat

CELLS = st.text(st.sampled_from('ab ,"\n\r;é'), max_size=6)
ENDINGS = st.sampled_from(["\n", "\r\n"])


def sifted(content: bytes, folder: Path, *, fields: int = 3, limit: int = 2_000) -> Sifted:
    file = folder / "f.csv"
    names = tuple(f"c{n}" for n in range(fields))
    head = (",".join(names) + "\n").encode()
    file.write_bytes(head + content)
    return sift(file, Header(names, len(head)), ContractFormat(max_line_bytes=limit), folder)


def records(found: Sifted) -> list[list[str]]:
    with found.data.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    return lines[1:] if found.has_header else lines


@pytest.mark.parametrize("block", [7, 64, 4 << 20])
@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_every_well_formed_file_passes_whole(block: int, rows: list[list[str]], ending: str) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(rows)
    before, sifting.BLOCK = sifting.BLOCK, block
    try:
        with TemporaryDirectory() as folder:
            found = sifted(written.getvalue().encode(), Path(folder))
            assert (found.rows, found.rejected) == (len(rows), 0)
            expected = [
                [cell if found.has_header else cell.replace("\r\n", "\n") for cell in row] for row in rows
            ]
            assert records(found) == expected
    finally:
        sifting.BLOCK = before


@settings(max_examples=80, deadline=None)
@given(content=st.text(st.sampled_from('ab,"\n\0é'), max_size=80), block=st.sampled_from([5, 16, 4 << 20]))
def test_whatever_comes_every_line_is_accounted_for(content: str, block: int) -> None:
    before, sifting.BLOCK = sifting.BLOCK, block
    try:
        with TemporaryDirectory() as folder:
            found = sifted(content.encode(), Path(folder), limit=1_000)
            passed = found.data.read_text(encoding="utf-8").splitlines()[1 if found.has_header else 0 :]
            rejects = [json.loads(line) for line in found.rejects.read_text().splitlines()]
            assert len(records(found)) == found.rows
            assert all(len(record) == 3 for record in records(found))
            assert len(rejects) == found.rejected
            lines = [line for line in content.split("\n") if line]
            kept = sorted([reject["raw"].replace("\\x00", "\0") for reject in rejects])
            assert sorted([*kept, *filter(None, passed)]) == sorted(lines)
    finally:
        sifting.BLOCK = before


def test_lines_are_numbered_through_everything(tmp_path: Path) -> None:
    content = b'1,2,3\n\nbroken\n1,"two\nlines",3\n1,2,3\n'
    found = sifted(content, tmp_path)
    assert found.marks.read_text() == "0,2\n1,5\n2,7\n"
    assert json.loads(found.rejects.read_text())["line"] == 4


def test_a_file_without_broken_lines_is_not_copied(tmp_path: Path) -> None:
    found = sifted(b'1,2,3\n4,"5,5",6\n', tmp_path)
    assert found.data == tmp_path / "f.csv"
    assert (tmp_path / "records.csv").stat().st_size == 0


def test_a_copy_begins_with_what_passed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sifting, "BLOCK", 16)
    found = sifted(b"1,2,3\n" * 10 + b"bad\n" + b"4,5,6\n" * 10, tmp_path)
    assert found.data.read_bytes() == b"1,2,3\n" * 10 + b"4,5,6\n" * 10


def test_a_long_line_is_found_wherever_it_is(tmp_path: Path) -> None:
    long = b"x" * 5_000
    for content in (long, long + b"\n1,2,3\n", b"1,2,3\n" + long, b'1,"' + long + b'",3\n1,2,3\n'):
        found = sifted(content, tmp_path, limit=1_000)
        assert (found.rejected, found.rows) == (1, content.count(b"1,2,3")), content[:10]


def test_many_unclosed_quotes_take_linear_time(tmp_path: Path) -> None:
    found = sifted(b'a,"b,c\n' * 30_000, tmp_path, limit=1_000_000)
    assert found.rows * 2 + found.rejected >= 29_999


def test_the_header_is_read_with_quotes_and_mark(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes(b'\xef\xbb\xbf"a","b"\r\n1,2\r\n')
    two = Contract.model_construct(columns=(Column(name="b", type="string"), Column(name="a", type="string")))
    header = read_header(tmp_path / "f.csv", two)
    assert header.names == ("a", "b")
