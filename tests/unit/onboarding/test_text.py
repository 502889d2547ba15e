"""Text of any encoding, wherever its blocks are cut; documents wherever their windows are."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import penstock.onboarding.formats.document as documents
from penstock.onboarding.formats.encoding import fault_of, shown, to_utf8
from penstock.specs import Column, ContractFormat
from penstock.specs.path import json_pointer, parse_path


@settings(max_examples=40, deadline=None)
@given(
    raw=st.lists(st.sampled_from([b"a", b"\n", b"\xfc", b"\x81", b"\xc3\xbc", b"\0", b","]), max_size=30),
    cut=st.integers(1, 7),
    encoding=st.sampled_from(["cp1252", "utf-16-le", "gbk", "ascii"]),
)
def test_it_does_not_matter_where_a_stream_is_cut(raw: list[bytes], cut: int, encoding: str) -> None:
    whole = b"".join(raw)
    blocks = [whole[at : at + cut] for at in range(0, len(whole), cut)]
    assert b"".join(to_utf8(blocks, encoding)) == b"".join(to_utf8([whole], encoding))


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "utf-16", "koi8-r"])
def test_valid_text_has_no_fault_and_invalid_bytes_are_shown(encoding: str) -> None:
    text = {"gbk": "价格", "koi8-r": "цена"}.get(encoding, "Straße »groß«")
    assert b"".join(to_utf8([text.encode(encoding)], encoding)).decode() == text
    assert fault_of(text.encode(), encoding) == ""


def test_one_chance_pair_of_bytes_is_no_utf8() -> None:
    assert b"".join(to_utf8(["5ß€".encode("cp1252")], "cp1252")).decode() == "5ß€"
    carried = b"".join(to_utf8(["Müller".encode()], "cp1252"))
    assert shown(carried, "cp1252") == "M\\xc3\\xbcller"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('a"\\\n]}é'), max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(
    records=st.lists(JSON, max_size=5),
    before=JSON,
    indent=st.sampled_from([None, 1]),
    block=st.integers(1, 40),
)
def test_records_come_out_of_a_document_as_they_are(
    records: list[Any], before: Any, indent: int | None, block: int
) -> None:
    whole, documents._BLOCK = documents._BLOCK, block
    try:
        with TemporaryDirectory() as name:
            file, lines = Path(name) / "a.json", Path(name) / "lines"
            document = {"x": before, "rows": records, "y": before}
            file.write_text(json.dumps(document, indent=indent, ensure_ascii=False), encoding="utf-8")
            documents.to_lines(file, "$.rows", lines, longest=1_000)
            found = lines.read_text(encoding="utf-8").split("\n")[:-1]
    finally:
        documents._BLOCK = whole
    assert [json.loads(line) for line in found] == records


@pytest.mark.parametrize("path", ["", "a", "$.", "$..a", "$.a[", "$[-1]", "$.a b", "$[*]", '$."a'])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        parse_path(path)


def test_a_path_becomes_a_pointer() -> None:
    assert json_pointer(parse_path("$.a[0]['b/c']")) == "/a/0/b~1c"
    assert parse_path("$") == ()


def test_a_contract_with_no_path_is_refused() -> None:
    for path in ("customer.city", "$"):
        with pytest.raises(ValueError, match="path"):
            Column(name="id", type="string", path=path)
    with pytest.raises(ValueError, match="is no path"):
        ContractFormat(kind="json", records="items")
