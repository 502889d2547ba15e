"""``dataset`` commands that need no platform, and the rows that go out to be repaired and come back."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from penstock.cli import stewarding
from penstock.cli.app import app
from penstock.errors import InvalidSpec, NotFound
from penstock.specs.loader import load_contract
from penstock.stores import FolderObjects

CONTRACT = """\
dataset: payments
owner: finance
steward: finance-data
purpose: forecasting
legal_basis: contract
classification: internal
max_quarantined: 0.5
format: {delimiter: ";"}
columns:
  - {name: id, type: string, nullable: false, key: true}
  - {name: amount, type: decimal}
rules:
  - {check: between, column: amount, minimum: 0}
"""


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "payments.yaml"
    path.write_text(CONTRACT)
    return path


def check(tmp_path: Path, contract: Path, data: str, *options: str) -> tuple[int, str]:
    file = tmp_path / "may.csv"
    file.write_text(data)
    answer = CliRunner().invoke(
        app, ["dataset", "check", str(file), "--contract", str(contract), *options], env={"COLUMNS": "200"}
    )
    return answer.exit_code, answer.output


def test_a_file_is_checked_offline_with_its_worst_rules_and_examples(tmp_path: Path, contract: Path) -> None:
    code, told = check(tmp_path, contract, "id;amount\na;1\nb;-2\nc;3\n")
    assert code == 0
    assert "would be accepted: 3 rows, 2 curated, 1 quarantined" in told
    assert "line 3" in told and "between" in told


def test_a_file_that_would_be_refused_ends_with_exit_code_1(tmp_path: Path, contract: Path) -> None:
    code, told = check(tmp_path, contract, "id;amoun\na;1\n", "--json")
    assert (code, json.loads(told)["outcome"], json.loads(told)["error"]) == (1, "refused", "SchemaMismatch")
    code, told = check(tmp_path, contract, "id;amount\na;-1\n")
    assert code == 1
    assert "would be refused: TooManyBadRows" in told


def test_quarantined_rows_go_out_with_reasons_and_come_back_in_the_contracts_format(
    tmp_path: Path, contract: Path
) -> None:
    lake, bad = FolderObjects(tmp_path / "lake"), tmp_path / "bad.csv"
    with pytest.raises(NotFound):
        stewarding.write_rows(lake, "quarantine/", bad)
    rows = tmp_path / "rows.parquet"
    duckdb.sql(
        "SELECT 3 AS line, NULL::VARCHAR AS raw, ['too small', 'odd'] AS reasons, 'b' AS id, '-2' AS amount"
    ).write_parquet(str(rows))
    lake.upload(rows, "quarantine/uc/payments/arrival=1/rows.parquet")
    assert stewarding.write_rows(lake, "quarantine/", bad) == 1
    assert bad.read_text().splitlines() == ["line,raw,reasons,id,amount", "3,,too small; odd,b,-2"]
    fixed = tmp_path / "fixed.csv"
    bad.write_text(bad.read_text().replace("-2", "2"))
    stewarding.write_repaired(load_contract(contract), bad, fixed)
    assert fixed.read_text().splitlines() == ["id;amount", "b;2"]
    bad.write_text("line,id\n3,b\n")
    with pytest.raises(InvalidSpec, match="amount"):
        stewarding.write_repaired(load_contract(contract), bad, fixed)


def test_hashes_do_not_come_back_as_values(tmp_path: Path, contract: Path) -> None:
    text = contract.read_text().replace(
        "{name: amount, type: decimal}", "{name: amount, type: string, protect: hash}"
    )
    contract.write_text(text.partition("rules:")[0])
    bad = tmp_path / "bad.csv"
    bad.write_text(f"line,id,amount\n3,b,{'0a' * 32}\n")
    with pytest.raises(InvalidSpec, match="still has hashes"):
        stewarding.write_repaired(load_contract(contract), bad, tmp_path / "fixed.csv")
