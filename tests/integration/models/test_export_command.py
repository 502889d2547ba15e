"""``penstock model export`` on a registered version, its package and its run's test rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.cli.connection import Target
from penstock.errors import ChangedModel, InvalidSpec, NotFound
from penstock.evaluation.package import pack
from penstock.models import ModelRepository, Stage
from penstock.models.signing import sign_package
from penstock.specs import Candidate
from penstock.stores import FolderObjects, MemoryItems
from penstock.training import train_candidate
from penstock.training.fit import InputColumn, fit_preparation

RUN, KEY = "runs/demo/r1", "runs/demo/r1/model/model.tar.gz"


@dataclass
class Platform:
    """What the command asks of a platform."""

    artifacts: FolderObjects
    table: MemoryItems = field(default_factory=MemoryItems)

    def items(self, table: str) -> Any:
        assert table == "models"
        return self.table


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Return a platform with one version, which is not approved yet."""
    random, found = np.random.default_rng(1), Platform(FolderObjects(tmp_path / "artifacts"))
    amount = random.normal(size=400)
    rows = pa.table({"amount": amount, "land": random.choice(["DE", "FR"], 400), "label": amount > 0.2})
    for part, some in (("train", rows), ("validation", rows), ("test", rows.slice(300))):
        pq.write_table(some, tmp_path / f"{part}.parquet")
    inputs = [InputColumn("amount", "decimal"), InputColumn("land", "string")]
    fit_preparation(rows, inputs).write(tmp_path / "preparation.json")
    train_candidate(
        train=tmp_path / "train.parquet", validation=tmp_path / "validation.parquet", seed=7, threads=1,
        preparation=tmp_path / "preparation.json", output=tmp_path / "model",
        candidate=Candidate(name="c", algorithm="lightgbm", hyperparameters={"n_estimators": 5}),
    )  # fmt: skip
    pack(tmp_path / "model", tmp_path / "model.tar.gz")
    found.artifacts.upload(tmp_path / "model.tar.gz", KEY)
    found.artifacts.upload(tmp_path / "test.parquet", f"{RUN}/prepared/test.parquet")
    facts = {"candidate": "c", "model_key": KEY, "evaluation_prefix": f"{RUN}/evaluation",
             "signature": sign_package(found.artifacts, KEY)}  # fmt: skip
    made = {"stage": Stage.PENDING_APPROVAL, "by": "dana", "at": "2026-01-01T00:00:00.000Z"}
    ModelRepository(found.table).register("demo", run_id="r1", facts=facts, **made)
    monkeypatch.setattr(Target, "platform", lambda _: found)
    return found


def ask(*words: str) -> str:
    answer = CliRunner().invoke(app, ["model", "export", "--use-case", "demo", *words])
    if answer.exception and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.output


@pytest.mark.usefixtures("platform")
def test_a_version_is_exported_with_its_check_on_the_test_rows(tmp_path: Path) -> None:
    target = tmp_path / "out" / "demo.onnx"
    said = ask("--format", "onnx", "--version", "latest", "--output", str(target))
    assert "demo version 1 (pending_approval)" in said
    assert "100" in said
    assert "1e-05" in said
    answer = onnxruntime.InferenceSession(str(target)).run(
        ["scores", "label"], {"amount": np.array([9.0, np.nan]), "land": np.array(["DE", "XX"], dtype=object)}
    )
    assert answer[0].shape == (2,)
    assert answer[1].tolist()[0] == 1


@pytest.mark.usefixtures("platform")
def test_programs_are_told_in_json(tmp_path: Path) -> None:
    words = ("--format", "mlflow", "--version", "1", "--output", str(tmp_path / "demo"), "--json")
    told = json.loads(ask(*words))
    assert (told["version"], told["stage"], told["format"]) == (1, "pending_approval", "mlflow")
    assert {name: one["rows"] for name, one in told["equality"].items()} == {
        "python_function": 100, "onnx": 100,
    }  # fmt: skip
    assert told["equality"]["onnx"]["largest_difference"] < 1e-12
    with pytest.raises(InvalidSpec, match="something already"):
        ask(*words)


@pytest.mark.usefixtures("platform")
def test_without_a_champion_the_version_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="champion"):
        ask("--format", "onnx", "--output", str(tmp_path / "a.onnx"))


def test_a_changed_package_is_not_exported(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "model" / "more.txt").write_text("more")
    pack(tmp_path / "model", tmp_path / "changed.tar.gz")
    platform.artifacts.upload(tmp_path / "changed.tar.gz", KEY)
    with pytest.raises(ChangedModel, match=r"more\.txt"):
        ask("--format", "onnx", "--version", "1", "--output", str(tmp_path / "a.onnx"))
    assert not (tmp_path / "a.onnx").exists()
