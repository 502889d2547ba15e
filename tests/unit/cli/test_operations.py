"""What commands ask of a platform."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli import operations
from penstock.cli.predicting import read_rows, rows_for
from penstock.errors import InvalidSpec, NotFound
from penstock.specs import load_use_case
from penstock.stores import FolderObjects


class _Platform:
    def __init__(self, folder: Path) -> None:
        self.landing = FolderObjects(folder)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.workflows = {"monitoring": "arn:machine"}
        started = SimpleNamespace(
            start_execution=lambda **given: {"executionArn": f"{given['stateMachineArn']}:1"}
        )
        self.session = SimpleNamespace(client=lambda _: started)

    def call(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((function, payload))
        return {}


@pytest.fixture
def platform(tmp_path: Path) -> Any:
    return _Platform(tmp_path / "landing")


def test_files_land_below_use_case_and_dataset(platform: Any, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a b.csv", "ü.csv")]
    for file in files:
        file.write_text("x\n")
    assert operations.upload(platform, "uc", "ds", files) == ["uc/ds/a b.csv", "uc/ds/ü.csv"]
    assert list(platform.landing.keys("uc/")) == ["uc/ds/a b.csv", "uc/ds/ü.csv"]


def test_nothing_is_uploaded_when_one_file_is_missing(platform: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n")
    with pytest.raises(NotFound, match=r"b\.csv"):
        operations.upload(platform, "uc", "ds", [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert list(platform.landing.keys("")) == []


def test_overrides_hold_only_what_was_given(platform: Any) -> None:
    operations.train(platform, "uc", reason="r")
    operations.train(
        platform, "uc", reason="r", train_rows=3, candidates=[operations.parse_candidate("a=prior")]
    )
    assert [payload["overrides"] for _, payload in platform.calls] == [
        {},
        {"candidates": [{"name": "a", "algorithm": "prior", "hyperparameters": {}}], "train_rows": 3},
    ]


def test_monitoring_starts_the_workflow_now(platform: Any) -> None:
    assert operations.monitor(platform, "uc") == "arn:machine:1"
    platform.workflows = {}
    with pytest.raises(NotFound):
        operations.monitor(platform, "uc")


@pytest.mark.parametrize("text", ["", "a", "a=", "=xgboost", "a=xgboost:{", "a=xgboost:[1]"])
def test_a_candidate_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec):
        operations.parse_candidate(text)


@pytest.mark.parametrize("text", ["", "A", "=1"])
def test_a_setting_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec):
        operations.parse_setting(text)


def test_rows_are_read_from_csv_and_json(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("a,b,c,d\n1,2.5,true,\n")
    (tmp_path / "r.json").write_text('{"instances": [{"a": 1}]}')
    assert read_rows(tmp_path / "r.csv") == [{"a": 1, "b": 2.5, "c": True, "d": None}]
    assert read_rows(tmp_path / "r.json") == [{"a": 1}]


@pytest.mark.parametrize("text", ["no json", '{"a": 1}', "[1]"])
def test_rows_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(InvalidSpec):
        read_rows(tmp_path / "r.json")


def test_rows_without_the_models_columns_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    use_case = load_use_case(Path("examples/breast_cancer"))
    (tmp_path / "none.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidSpec, match="none of the model's columns"):
        rows_for(use_case, tmp_path / "none.csv")
    (tmp_path / "some.csv").write_text("mean_radius,worst_perimiter\n1,2\n")
    assert rows_for(use_case, tmp_path / "some.csv") == [{"mean_radius": 1, "worst_perimiter": 2}]
    told = capsys.readouterr().err
    assert "taken as unknown" in told and "worst_perimeter" in told
    assert "left out: worst_perimiter" in told
    (tmp_path / "not.csv").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(InvalidSpec, match="UTF-8"):
        rows_for(use_case, tmp_path / "not.csv")
