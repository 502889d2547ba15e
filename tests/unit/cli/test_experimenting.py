"""The commands about runs, on stores in memory and in folders."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.cli import experimenting, listing
from penstock.cli.app import app
from penstock.cli.connection import Target
from penstock.errors import NotFound
from penstock.experiments import Runs
from penstock.stores import FolderObjects, MemoryItems
from penstock.training.reproducing import Reproduction
from tests.unit.experiments.conftest import run_and_record

RUNNER = CliRunner()


@dataclass
class Platform:
    """What the commands ask of a platform."""

    artifacts: FolderObjects
    table: MemoryItems = field(default_factory=MemoryItems)

    def items(self, table: str) -> Any:
        assert table == "experiments"
        return self.table


@pytest.fixture(autouse=True)
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    found = Platform(FolderObjects(tmp_path / "artifacts"))
    for number, auc in ((1, 0.9), (2, 0.8)):
        run, record = run_and_record(number, auc)
        Runs(found.table).start(run)
        found.artifacts.write(f"runs/demo/{run.run_id}/model/run.json", record.model_dump_json().encode())
    monkeypatch.setattr(Target, "platform", lambda _: found)
    for module in (experimenting, listing):
        monkeypatch.setattr(module, "use_cases", lambda *_: ["demo"])
    return found


def ask(*words: str) -> str:
    answer = RUNNER.invoke(app, list(words))
    if answer.exception and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.output


@pytest.mark.parametrize(
    "words", [["runs", "--json"], ["runs", "demo", "--json"], ["runs", "list", "--json"]]
)
def test_runs_are_listed_with_and_without_the_word(words: list[str]) -> None:
    assert [run["run_id"] for run in json.loads(ask(*words))] == ["demo-1", "demo-2"]


def test_a_run_is_shown_with_all_that_is_on_record() -> None:
    found = json.loads(ask("runs", "show", "demo-1", "--json"))
    assert found["record"]["candidates"]["xgboost"]["libraries"] == {"numpy": "2.4.0", "attrs": "1.0"}
    shown = ask("runs", "show", "demo-1")
    for word in ("libraries.attrs", "hardware.processor", "parameters.max_depth", "cost.usd"):
        assert word in shown
    with pytest.raises(NotFound, match="Several"):
        ask("runs", "show", "demo")


def test_runs_are_compared_and_searched() -> None:
    rows = {row["fact"]: row for row in json.loads(ask("runs", "compare", "demo-1", "demo-2", "--json"))}
    assert (rows["metrics.auc"]["demo-1"], rows["metrics.auc"]["demo-2"]) == (0.9, 0.8)
    assert "Nothing differs" in ask("runs", "compare", "demo-1", "demo-1")
    found = json.loads(ask("runs", "search", "metrics.auc>0.85", "--json"))
    assert [run["run_id"] for run in found] == ["demo-1"]


def test_runs_are_drawn_and_exported(tmp_path: Path) -> None:
    ask("runs", "page", "demo", "-o", str(tmp_path / "runs.html"))
    assert "metrics.auc" in (tmp_path / "runs.html").read_text()
    place = json.loads(ask("runs", "export", "demo-2", "--to", str(tmp_path / "mlruns"), "--json"))["place"]
    assert (Path(place) / "metrics" / "test.auc").is_file()


@pytest.mark.parametrize("identical", [True, False])
def test_a_reproduction_that_differs_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, identical: bool
) -> None:
    found = Reproduction(
        candidate="xgboost",
        identical=identical,
        files={"model.ubj": identical},
        differences=("numpy 1 then",),
    )
    monkeypatch.setattr("penstock.training.reproducing.reproduce_run", lambda *_, **__: found)
    answer = RUNNER.invoke(app, ["reproduce", "demo-1"])
    assert answer.exit_code == (0 if identical else 1)
    assert ("DIFFERENT" in answer.output) is not identical
    assert "numpy 1 then" in answer.output
