"""A contract inferred from a file reads back and takes that very file without a quarantined row."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.onboarding import onboard_file
from penstock.onboarding.infer import Inference, infer
from penstock.specs import Contract
from tests.integration.catalog.zoo import ZOO


def inferred(name: str, folder: Path) -> Inference:
    ZOO[name](folder / name)
    return infer(folder / name, dataset="sample")


def onboarded(contract: Contract, file: Path) -> Any:
    return onboard_file(
        contract=contract, file=file, output=file.parent / "out", arrival_id="a1", hash_key=bytes(range(32))
    )


@pytest.mark.parametrize(
    "name",
    sorted(ZOO),
)
def test_the_draft_reads_back_and_takes_the_very_file(name: str, tmp_path: Path) -> None:
    found = inferred(name, tmp_path)
    assert Contract.model_validate(yaml.safe_load(found.yaml)) == found.contract
    report = onboarded(found.contract, tmp_path / name)
    assert (report.rows_quarantined, report.rows_curated, found.rejected) == (0, found.rows, 0)
    assert report.rows_in >= 1


def columns_of(contract: Contract) -> dict[str, tuple[str, str]]:
    return {column.name: (column.type, column.written) for column in contract.columns}


def test_a_german_export_is_read_as_germans_write(tmp_path: Path) -> None:
    found = inferred("german.csv", tmp_path)
    style = found.contract.format
    assert (style.encoding, style.delimiter, style.decimal_separator, style.thousands_separator) == (
        "cp1252", ";", ",", ".",
    )  # fmt: skip
    assert columns_of(found.contract) == {
        "Kunden_Nr": ("string", ""), "Name": ("string", ""),
        "Menge_kg": ("decimal", ""), "Betrag_eur": ("decimal", ""),
        "Datum": ("date", "%d.%m.%Y"), "Zeit": ("timestamp", ""),
    }  # fmt: skip
    assert found.renamed == {"Kunden_Nr": "Kunden-Nr", "Menge_kg": "Menge (kg)", "Betrag_eur": "Betrag €"}
    assert "in the file: Menge (kg)" in found.yaml


def test_dates_are_read_as_they_are_written(tmp_path: Path) -> None:
    assert columns_of(inferred("dates.csv", tmp_path).contract) == {
        "id": ("integer", ""), "us": ("date", "%m/%d/%Y"), "stamp": ("timestamp", "%d/%m/%y %H:%M"),
        "zoned": ("timestamp", ""), "order_date": ("date", "%Y%m%d"), "words": ("date", "%d-%b-%Y"),
    }  # fmt: skip


def test_dates_that_fit_two_ways_are_said_to(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,day\n" + "".join(f"{i},0{i}/0{10 - i}/2024\n" for i in range(1, 10)))
    assert "the dates would also fit %m/%d/%Y: check which is meant" in infer(file, dataset="a").yaml


def test_codes_with_leading_zeros_and_very_long_numbers_stay_text(tmp_path: Path) -> None:
    assert columns_of(inferred("zeros.csv", tmp_path).contract)["code"] == ("string", "")
    assert columns_of(inferred("long_numbers.csv", tmp_path).contract)["n"] == ("string", "")


def test_a_value_far_behind_that_is_no_number_makes_the_column_text(tmp_path: Path) -> None:
    assert columns_of(inferred("late_letters.csv", tmp_path).contract)["n"] == ("string", "")


def test_a_leading_zero_far_behind_makes_the_column_text(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("code\n" + "".join(f"{i}\n" for i in range(1, 30_000)) + "00042\n")
    assert columns_of(infer(file, dataset="a").contract) == {"code": ("string", "")}


def test_texts_that_stand_for_nothing_are_found_wherever_they_are(tmp_path: Path) -> None:
    assert inferred("absent.csv", tmp_path).contract.format.null_values == ("", "NULL", "N/A")
    file = tmp_path / "a.csv"
    file.write_text("id,n\n" + "".join(f"{i},{i}\n" for i in range(30_000)) + "30000,N/A\n")
    found = infer(file, dataset="a").contract
    assert (found.format.null_values, columns_of(found)["n"]) == (("", "N/A"), ("integer", ""))


def test_nested_records_are_flattened_by_paths(tmp_path: Path) -> None:
    found = inferred("document.json", tmp_path)
    paths = {column.name: column.path for column in found.contract.columns if column.path}
    assert paths == {"Order_No": '$["Order No."]', "who_name": "$.who.name", "who_mail": "$.who.mail"}
    assert (found.contract.format.kind, found.contract.format.records) == ("json", "$.data.items")


def test_personal_columns_are_proposed_to_be_protected(tmp_path: Path) -> None:
    found = inferred("records.jsonl", tmp_path)
    mail = next(column for column in found.contract.columns if column.name == "who_mail")
    assert (mail.sensitivity, mail.protect, found.contract.classification) == (
        "personal",
        "hash",
        "confidential",
    )
    assert "p1@example.org" not in found.yaml


def test_parquet_keeps_the_types_that_it_has(tmp_path: Path) -> None:
    types = {
        name: kind for name, (kind, _) in columns_of(inferred("table.parquet", tmp_path).contract).items()
    }
    assert types == {
        "Order_No": "integer", "who": "string", "price": "decimal", "ok": "boolean", "day": "date",
        "at": "timestamp", "zoned": "timestamp", "place": "string", "list": "string", "code": "string",
        "share": "decimal",
        "nothing": "string", "big": "integer",
    }  # fmt: skip


def test_what_no_file_can_tell_is_refused_until_a_person_fills_it_in(tmp_path: Path) -> None:
    from penstock.errors import InvalidSpec
    from penstock.specs.draft import refuse_draft

    found = inferred("plain.csv", tmp_path)
    with pytest.raises(InvalidSpec, match="owner, steward, purpose, legal_basis"):
        refuse_draft(found.contract)
    filled = {"owner": "sales", "steward": "ann", "purpose": "billing", "legal_basis": "contract"}
    refuse_draft(found.contract.model_copy(update=filled))


def test_the_same_file_gives_the_same_draft(tmp_path: Path) -> None:
    assert inferred("dates.csv", tmp_path).yaml == inferred("dates.csv", tmp_path).yaml


CELLS = {
    "word": st.text(
        st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=("Cc", "Cs")),
        max_size=12,
    ),
    "code": st.from_regex(r"[0-9]{1,9}", fullmatch=True),
    "number": st.integers(-(10**12), 10**12).map(str),
    "fraction": st.decimals(-99_999, 99_999, places=2).map(str),
    "day": st.dates(date(1950, 1, 1), date(2050, 1, 1)).map(lambda day: f"{day:%d.%m.%Y}"),
    "moment": st.datetimes().filter(lambda at: at.year > 1000).map(lambda at: at.isoformat()),
    "answer": st.sampled_from(["true", "false", ""]),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5))
    rows = draw(st.lists(st.tuples(*(CELLS[kind] for kind in kinds)), min_size=1, max_size=25))
    header = [f"{kind}_{place}" for place, kind in enumerate(kinds)]
    return draw(st.sampled_from(",;\t|")), [header, *map(list, rows)]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(table=tables())
def test_any_table_is_taken_by_its_own_contract(table: tuple[str, list[list[str]]], tmp_path: Path) -> None:
    delimiter, rows = table
    file = tmp_path / "table.csv"
    quoted = ('"' + cell.replace('"', '""') + '"' for row in rows for cell in row)
    file.write_text(
        "".join(delimiter.join(next(quoted) for _ in row) + "\n" for row in rows), encoding="utf-8"
    )
    found = infer(file, dataset="sample")
    report = onboarded(found.contract, file)
    assert (report.rows_quarantined, report.rows_in) == (0, found.rows)
    assert found.rows >= len(rows) - 1


def refused(content: bytes, folder: Path) -> str:
    from penstock.errors import FileRefused

    (folder / "a.dat").write_bytes(content)
    with pytest.raises(FileRefused) as error:
        infer(folder / "a.dat", dataset="a")
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"a,b\n", "The file has no rows"),
        (b"PK\x03\x04" + bytes(99), "neither CSV, JSON nor Parquet"),
        (b"PAR1" + bytes(99), "not Parquet"),
        (b"[1, 2, 3]", "no JSON records"),
        (b'{"Id": 1, "id": 2}\n', "letter case alone: Id, id"),
    ],
)
def test_what_no_contract_can_be_made_from_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    assert said in refused(content, tmp_path)


def test_a_stray_byte_does_not_change_the_encoding_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("id,name\n1,Zoë\n2,Ü\n".encode() + b"3,caf\xe9\n")
    found = infer(file, dataset="a")
    assert (found.contract.format.encoding, found.rows, found.rejected) == ("utf-8", 2, 1)
    assert "1 lines of that file are no records" in found.yaml
