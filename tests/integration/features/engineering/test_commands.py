"""``penstock feature suggest`` and ``select``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.features.engineering import read_plan

ROWS = 4_000


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(9)
    a, b, noise = random.normal(size=(3, ROWS))
    late = a * b + a + random.normal(size=ROWS) > 0.5
    path = tmp_path_factory.mktemp("rows") / "train.parquet"
    table = {"late": late, "a": a, "b": b, "noise": noise, "copy": a * 2, "land": ["DE", "FR"] * (ROWS // 2)}
    pq.write_table(pa.table(table), path)
    return path


def run(*arguments: object, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["feature", *map(str, arguments)])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_a_plan_is_suggested_reviewed_and_expanded(rows: Path, tmp_path: Path) -> None:
    plan, features = tmp_path / "plan.yaml", tmp_path / "features.yaml"
    said = run("suggest", rows, "--target", "late", "--column", "a", "--column", "b", "--to", plan)
    assert "review it" in said.output
    assert {"a", "b"} in [set(step.of) for step in read_plan(plan.read_text())]
    run("suggest", rows, "--plan", plan, "--to", features)
    written = yaml.safe_load(features.read_text())
    shown = json.loads(run("suggest", rows, "--plan", plan, "--json").output)
    assert shown == written
    assert written["on_demand"]


def test_suggestions_are_printed_with_their_evidence(rows: Path) -> None:
    [first, *_] = json.loads(run("suggest", rows, "--target", "late", "--most", "1", "--json").output)
    assert "AUC rises" in first["because"]
    assert run("suggest", rows, "--column", "land").output == "engineer: []\n"
    assert "case when" in run("suggest", rows, "--target", "late", "--expand").output


def test_a_selection_is_printed_written_and_given_as_json(rows: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    shown = run("select", rows, "--target", "late", "--html", page).output
    assert "says what a says" in shown
    assert "2 keep" in shown
    assert "noise" in page.read_text()
    found = json.loads(
        run("select", rows, "--target", "late", "--column", "a", "--column", "noise", "--json").output
    )
    assert {one["feature"]: one["verdict"] for one in found["features"]} == {"a": "keep", "noise": "drop"}
    assert found["leaks"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("select",), "--use-case and --data"),
        (("select", "--use-case", "examples/late_invoices", "--data", "invoices"), "DATASET=FOLDER"),
        (("select", "--use-case", "examples/late_invoices", "--delay", "soon"), "30 days"),
    ],
)
def test_a_mistake_in_the_command_is_told(arguments: tuple[str, ...], said: str) -> None:
    assert said in run(*arguments, code=2).output


def test_files_that_are_not_there_are_named(rows: Path) -> None:
    assert "nowhere.parquet" in str(run("suggest", rows, "nowhere.parquet", code=1).exception)
    assert "no such plan" in str(run("suggest", rows, "--plan", "nowhere.yaml", code=1).exception)


def test_windows_are_asked_of_a_view_that_exists(rows: Path) -> None:
    result = run("suggest", rows, "--use-case", "examples/late_invoices", "--view", "histroy", code=1)
    assert "There is no such view" in str(result.exception)
