"""Files in many manners of writing, by name."""

# ruff: noqa: E501

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

ROWS = range(1, 61)


def _csv(delimiter: str = ",", end: str = "\n") -> str:
    lines = [delimiter.join(("id", "name", "price", "day", "paid"))]
    lines += [delimiter.join((f"A{i}", f"item {i}", f"{i * 1.25:.2f}", f"2024-01-{1 + i % 28:02d}",
                              "true" if i % 3 else "false")) for i in ROWS]  # fmt: skip
    return end.join(lines) + end


def _write(
    text: str, *, encoding: str = "utf-8", pack: Callable[[bytes], bytes] = bytes
) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(pack(text.encode(encoding))) and None


def _german() -> str:
    rows = (f'{i:04d};"Müller; {i}";{i},5;1.234,{i:02d};{1 + i % 28:02d}.{1 + i % 12:02d}.2024;2024-03-{1 + i % 28:02d} 08:00:00'
            for i in ROWS)  # fmt: skip
    return "Kunden-Nr;Name;Menge (kg);Betrag €;Datum;Zeit\n" + "\n".join(rows) + "\n"


def _absent() -> str:
    rows = (
        f"{i},{'NULL' if i % 5 else i},{'N/A' if i % 4 == 0 else i / 2},{'' if i % 2 else 'x'}" for i in ROWS
    )
    return "id,count,share,mark\n" + "\n".join(rows) + "\n"


def _dates() -> str:
    rows = (f"{i},{1 + i % 12:02d}/{1 + i % 28:02d}/2023,{1 + i % 28:02d}/{1 + i % 12:02d}/23 0{i % 9}:15,"
            f"2023-05-{1 + i % 28:02d}T10:00:00+02:00,2023{1 + i % 12:02d}{1 + i % 28:02d},{1 + i % 28}-Jan-2024"
            for i in ROWS)  # fmt: skip
    return "id,us,stamp,zoned,order_date,words\n" + "\n".join(rows) + "\n"


def _escaped() -> str:
    return "id,text\n" + "".join(f'{i},"she said \\"no, {i}\\""\n' for i in ROWS)


def _records() -> list[dict[str, object]]:
    return [
        {"id": i, "Order No.": f"N-{i}", "who": {"name": f"n{i}", "mail": f"p{i}@example.org"}, "tags": ["a", str(i)],
         "price": i / 4, "ok": i % 2 == 0, "note": None if i % 3 else "x", "at": f"2024-02-{1 + i % 28:02d}T00:00:00Z"}
        for i in ROWS
    ]  # fmt: skip


def _wide() -> str:
    names = ",".join(f"c{place}" for place in range(150))
    return names + "\n" + "".join(",".join(str(i * place % 97) for place in range(150)) + "\n" for i in ROWS)


def _parquet(path: Path) -> None:
    import duckdb

    duckdb.sql(
        "SELECT i AS \"Order No.\", 'n' || i AS who, i::DECIMAL(9, 2) / 3 AS price, i % 2 = 0 AS ok, DATE '2024-01-01' + i::INT "
        "AS day, TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS at, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS zoned, "
        "{'city': 'X' || i, 'zip': lpad(i::VARCHAR, 5, '0')} AS place, [i, i + 1] AS list, lpad(i::VARCHAR, 6, '0') AS code, "
        "i::DOUBLE / 7 AS share, NULL::VARCHAR AS nothing, i::UBIGINT AS big FROM range(1, 61) r(i)"
    ).write_parquet(str(path))


LINES = "\n".join(map(json.dumps, _records())) + "\n"
ZOO: dict[str, Callable[[Path], None]] = {
    "plain.csv": _write(_csv()),
    "windows.csv": _write(_csv(end="\r\n")),
    "semicolon.csv": _write(_csv(";")),
    "tab.tsv.gz": _write(_csv("\t"), pack=lambda data: gzip.compress(data, mtime=0)),
    "pipe.txt.bz2": _write(_csv("|"), pack=bz2.compress),
    "caret.csv.xz": _write(_csv("^"), pack=lzma.compress),
    "marked.csv": _write("\ufeff" + _csv()),
    "utf16.csv": _write(_csv(), encoding="utf-16"),
    "utf16le.csv": _write(_csv(), encoding="utf-16-le"),
    "german.csv": _write(_german(), encoding="cp1252"),
    "swiss.csv": _write("id;amount\n" + "".join(f"{i};{i}'{i:03d}.50\n" for i in ROWS)),
    "american.csv": _write("id,amount\n" + "".join(f'{i},"{i},{i:03d}.50"\n' for i in ROWS)),
    "french.csv": _write("id;amount\n" + "".join(f"{i};{i} {i:03d},5\n" for i in ROWS)),
    "preamble.csv": _write("Report of sales\nExported today\n" + _csv()),
    "headless.csv": _write(_csv().partition("\n")[2]),
    "absent.csv": _write(_absent()),
    "dates.csv": _write(_dates()),
    "escaped.csv": _write(_escaped()),
    "single_quotes.csv": _write("id,text\n" + "".join(f"{i},'a, {i}'\n" for i in ROWS)),
    "doubled_quotes.csv": _write("id,text\n" + "".join(f'{i},"a ""{i}"", b"\n' for i in ROWS)),
    "lines_in_fields.csv": _write("id,text\n" + "".join(f'{i},"one\ntwo {i}"\n' for i in ROWS)),
    "same_names.csv": _write("id,ID,,value,value\n" + "".join(f"{i},{i + 1},z,1,2\n" for i in ROWS)),
    "zeros.csv": _write("code,n\n" + "".join(f"{i:05d},{i}\n" for i in ROWS)),
    "long_numbers.csv": _write("n,m\n" + "".join(f"{10**19 + i},{10**15 + i}\n" for i in ROWS)),
    "one_column.csv": _write("id\n" + "".join(f"{i}\n" for i in ROWS)),
    "one_row.csv": _write("id,name\n1,Ann\n"),
    "words.csv": _write("name,city\n" + "".join(f"w{i},{'Rome' if i % 2 else 'Oslo'}\n" for i in ROWS)),
    "empty_column.csv": _write("id,none,x\n" + "".join(f"{i},,{i % 2}\n" for i in ROWS)),
    "answers.csv": _write("id,ok,flag\n" + "".join(f"{i},{'Y' if i % 2 else 'N'},{i % 2}\n" for i in ROWS)),
    "scientific.csv": _write("id,x\n" + "".join(f"{i},{i}e-{i % 9}\n" for i in ROWS)),
    "late_letters.csv": _write("id,n\n" + "".join(f"{i},{i if i < 7_000 else 'x'}\n" for i in range(7_001))),
    "wide.csv": _write(_wide()),
    "unicode.csv": _write("id,名前,Größe\n" + "".join(f"{i},山田,{i}\n" for i in ROWS)),
    "records.jsonl": _write(LINES),
    "records.jsonl.gz": _write(LINES, pack=lambda data: gzip.compress(data, mtime=0)),
    "list.json": _write(json.dumps(_records(), indent=1)),
    "document.json": _write(json.dumps({"page": 1, "data": {"items": _records()}})),
    "table.parquet": _parquet,
}
"""What writes each file."""
