"""Whatever lands: nothing vanishes, and how a file is packed or encoded does not matter."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import FileRefused
from penstock.onboarding import CURATED, QUARANTINE, onboard_file
from penstock.onboarding.load import load
from penstock.tables import engine
from tests.integration.onboarding.conftest import contract_of

TEXTS = [{"name": "id", "type": "string"}, {"name": "amount", "type": "string"}]
COMMON = settings(max_examples=10, deadline=None)


def outcome(content: bytes, **changes: Any) -> tuple[Any, ...]:
    """Onboard a content; return the counts and the bytes written, or the refusal."""
    with TemporaryDirectory() as folder:
        file, output = Path(folder) / "file", Path(folder) / "out"
        file.write_bytes(content)
        try:
            report = onboard_file(contract=contract_of(**changes), file=file, output=output, arrival_id="a")
        except FileRefused as refusal:
            return (type(refusal).__name__,)
        assert report.rows_in == report.rows_curated + report.rows_quarantined
        quarantine = output / QUARANTINE
        found = duckdb.read_parquet(str(quarantine)).fetchall() if quarantine.exists() else []
        assert len(found) == report.rows_quarantined
        assert all(reasons for _, _, reasons, *_ in found)
        return (report.rows_in, (output / CURATED).read_bytes(), [row[:2] for row in found])


def with_good(kind: str, content: bytes) -> bytes:
    """Put a good record before arbitrary bytes."""
    starts = {"csv": b"id,amount\nx,1\n", "json_lines": b'{"id": "x", "amount": "1"}\n', "json": b""}
    return starts[kind] + content


PIECES = st.lists(
    st.sampled_from([b"a", b",", b'"', b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3\xa9",
                     b"{", b"}", b"[", b"]", b":", b'"id"', b'{"id": "y"}', b"null", b"1",
                     b"\\", b" ", b"y,2"]),
    max_size=25,
)  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "json_lines", "json"])
@COMMON
@given(pieces=PIECES)
def test_rows_in_are_curated_or_quarantined_whatever_the_bytes(kind: str, pieces: list[bytes]) -> None:
    content = with_good(kind, b"".join(pieces))
    changes: dict[str, Any] = {"columns": TEXTS, "format": {"kind": kind}, "evolution": "add_columns"}
    first = outcome(content, **changes)
    assert outcome(content, **changes) == first
    if kind == "json_lines" and len(first) > 1:
        lines = (content + b"\n").replace(b"\r\n", b"\n").split(b"\n")
        assert first[0] == sum(bool(line) for line in lines)


DIALECTS = st.fixed_dictionaries({
    "delimiter": st.sampled_from([",", ";", "\t", "|", "§"]), "quote": st.sampled_from(['"', "'"]),
    "escape": st.sampled_from(["", "\\"]), "header": st.booleans(), "skip_lines": st.integers(0, 2),
})  # fmt: skip
CELLS = st.text(st.sampled_from("ab,;\t|'\"\\\né "), min_size=1, max_size=6)


@COMMON
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), style=DIALECTS)
def test_what_a_dialect_can_write_is_read_back(rows: list[tuple[str, str]], style: dict[str, Any]) -> None:
    quote, escape = style["quote"], style["escape"]

    def written(cell: str) -> str:
        doubled = cell.replace(escape, escape * 2) if escape else cell
        return quote + doubled.replace(quote, (escape or quote) + quote) + quote

    lines = ["skipped"] * style["skip_lines"] + [style["delimiter"].join(("id", "amount"))] * style["header"]
    lines += [style["delimiter"].join(map(written, row)) for row in rows]
    with TemporaryDirectory() as folder:
        file, output = Path(folder) / "file", Path(folder) / "out"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
        onboard_file(contract=contract_of(TEXTS, format=style), file=file, output=output, arrival_id="a")
        assert duckdb.read_parquet(str(output / CURATED)).fetchall() == rows


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("kind", ["csv", "json_lines", "json"])
@COMMON
@given(pieces=PIECES, packer=st.sampled_from(sorted(PACKERS)))
def test_compressed_is_as_uncompressed(kind: str, pieces: list[bytes], packer: str) -> None:
    content = with_good(kind, b"".join(pieces))
    plain = outcome(content, columns=TEXTS, format={"kind": kind})
    assert outcome(PACKERS[packer](content), columns=TEXTS, format={"kind": kind}) == plain


@pytest.mark.parametrize("kind", ["csv", "json_lines", "json"])
@COMMON
@given(
    words=st.lists(st.text(st.sampled_from('aéñß,"\n7'), max_size=5), min_size=1, max_size=8),
    encoding=st.sampled_from(["cp1252", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "iso8859-15"]),
)
def test_encodings_agree(kind: str, words: list[str], encoding: str) -> None:
    records = [{"id": f"k{number}", "amount": word} for number, word in enumerate(words)]
    texts = {
        "csv": "id,amount\n" + "".join(f"{one['id']},{one['amount']}\n" for one in records),
        "json_lines": "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records),
        "json": json.dumps(records, ensure_ascii=False),
    }
    plain = outcome(texts[kind].encode(), columns=TEXTS, format={"kind": kind})
    found = outcome(texts[kind].encode(encoding), columns=TEXTS, format={"kind": kind, "encoding": encoding})
    assert found == plain


@COMMON
@given(raw=st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_accounted_for_in_every_format(raw: bytes) -> None:
    for kind in ("csv", "json_lines", "json", "parquet"):
        outcome(raw, columns=TEXTS, format={"kind": kind})
        outcome(with_good("csv", raw), columns=TEXTS, format={"kind": "csv", "encoding": "cp1252"})


@settings(max_examples=8, deadline=None)
@given(at=st.integers(4, 2_000), value=st.binary(min_size=1, max_size=4))
def test_a_parquet_file_with_wrong_bytes_is_refused_or_accounted_for(at: int, value: bytes) -> None:
    with TemporaryDirectory() as folder:
        query = "SELECT 'k' || range AS id, 'v' || (range % 7) AS amount FROM range(1000)"
        duckdb.sql(query).write_parquet(f"{folder}/f")
        content = bytearray((Path(folder) / "f").read_bytes())
    content[at : at + len(value)] = value
    outcome(bytes(content), columns=TEXTS, format={"kind": "parquet"})


@pytest.mark.parametrize("kind", ["csv", "json_lines", "parquet"])
def test_five_thousand_columns_are_loaded(kind: str, tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(5_000)]
    columns = [{"name": name, "type": "integer"} for name in names]
    rows, file = [["7"] * 5_000, ["7"] * 4_999 + ["x"]], tmp_path / "wide"
    if kind == "csv":
        file.write_text("\n".join(",".join(row) for row in [names, *rows]) + "\n")
    elif kind == "json_lines":
        file.write_text("\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows))
    else:
        values = ", ".join(f"7 AS {name}" for name in names[:-1])
        duckdb.sql(f"SELECT {values}, unnest(['7', 'x']) AS c4999").write_parquet(str(file))
    contract = contract_of(columns, format={"kind": kind, "max_line_bytes": 10_000_000})
    with engine(beside=tmp_path) as (connection, folder):
        arrived = load(connection, contract, file, folder)
        found = connection.execute(f"SELECT c4999, t0, t4999 FROM ({arrived.source}) ORDER BY row").fetchall()
    assert found == [("7", 7, 7), ("x", 7, None)]
