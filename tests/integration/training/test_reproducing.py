"""A recorded model made again, to the byte, and what is said where it is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.errors import NotFound
from penstock.evaluation.package import pack
from penstock.experiments import Run
from penstock.specs import Candidate
from penstock.specs.preparing import PreparationSpec
from penstock.stores import FolderObjects
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.reproducing import reproduce_run

SPEC = PreparationSpec.model_validate(
    {"columns": {"a": {"clip": [0.01, 0.99]}}, "balance": "undersample", "ratio": 2, "augment": {"copies": 1}}
)
CANDIDATES = {
    "trees": Candidate(
        name="trees", algorithm="xgboost", hyperparameters={"n_estimators": 8, "subsample": 0.5}
    ),
    "forest": Candidate(name="forest", algorithm="random_forest", hyperparameters={"n_estimators": 5}),
    "leaves": Candidate(
        name="leaves", algorithm="lightgbm", hyperparameters={"n_estimators": 4},
        search={"num_leaves": {"minimum": 3, "maximum": 15, "integer": True}},
    ),
}  # fmt: skip
RUN = Run(run_id="demo-1", use_case="demo", snapshot_id="s", digest="d", reason="r", requested_by="dana",
          started_at="2026-01-01T00:00:00.000Z", summary={"candidate": "trees"})  # fmt: skip


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> FolderObjects:
    """What a run leaves: prepared rows, and what its training jobs wrote."""
    folder = tmp_path_factory.mktemp("run")
    random, store = np.random.default_rng(1), FolderObjects(folder / "artifacts")
    home = folder / "artifacts" / "runs" / "demo" / "demo-1"
    prepared = home / "prepared"
    prepared.mkdir(parents=True)
    for part, rows in (("train", 300), ("validation", 100)):
        a, b = random.normal(size=(2, rows))
        pq.write_table(pa.table({"a": a, "b": b, "label": a + b > 1}), prepared / f"{part}.parquet")
    columns = [InputColumn("a", "decimal"), InputColumn("b", "decimal")]
    learnt = fit_preparation(pq.read_table(prepared / "train.parquet"), columns, SPEC)
    learnt.write(prepared / "preparation.json")
    planned = [{"name": name, "job": f"demo-1-{name}"} for name in CANDIDATES]
    (home / "plan.json").write_text(json.dumps({"metric": "auc", "candidates": planned}))
    for name, candidate in CANDIDATES.items():
        _train(folder / name, prepared, candidate)
        output = home / "candidates" / f"demo-1-{name}" / "output"
        output.mkdir(parents=True)
        pack(folder / name / "model", output / "model.tar.gz")
        with tarfile.open(output / "output.tar.gz", "w:gz") as archive:
            archive.add(folder / name / "output" / "data" / "run.json", "run.json")
    return store


def _train(root: Path, prepared: Path, candidate: Candidate) -> None:
    """Run the training job as its container does."""
    for channel in ("train", "validation", "preparation"):
        name = "preparation.json" if channel == "preparation" else f"{channel}.parquet"
        (root / "input" / "data" / channel).mkdir(parents=True)
        (root / "input" / "data" / channel / name).write_bytes((prepared / name).read_bytes())
    (root / "input" / "config").mkdir()
    parameters = {"candidate": candidate.model_dump_json(), "metric": "auc", "tuning": '{"trials": 3}'}
    (root / "input" / "config" / "hyperparameters.json").write_text(json.dumps(parameters))
    environment = {**os.environ, "PENSTOCK_ML_ROOT": str(root)}
    subprocess.run(
        [sys.executable, "-m", "sagemaker_jobs.train"], env=environment, cwd=Path(__file__).parents[3],
        check=True, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("name", list(CANDIDATES))
def test_a_model_is_made_again_to_the_byte(artifacts: FolderObjects, tmp_path: Path, name: str) -> None:
    found = reproduce_run(artifacts, RUN, folder=tmp_path, candidate=name)
    assert found.identical, found
    assert all(found.files.values())
    assert "preparation.json" in found.files
    assert not found.differences


def test_the_chosen_model_is_meant_where_none_is_named(artifacts: FolderObjects, tmp_path: Path) -> None:
    assert reproduce_run(artifacts, RUN, folder=tmp_path).candidate == "trees"
    with pytest.raises(NotFound, match="no such candidate"):
        reproduce_run(artifacts, RUN, folder=tmp_path, candidate="other")


def _altered(artifacts: FolderObjects, tmp_path: Path) -> Path:
    """Copy the run, to change something of it."""
    import shutil

    shutil.copytree(Path(artifacts.uri.removeprefix("file://")), tmp_path / "copy")
    return tmp_path / "copy"


def test_changed_rows_are_named(artifacts: FolderObjects, tmp_path: Path) -> None:
    copy = _altered(artifacts, tmp_path)
    path = copy / "runs/demo/demo-1/prepared/train.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    found = reproduce_run(FolderObjects(copy), RUN, folder=tmp_path / "work")
    assert not found.identical
    assert found.changed_inputs == ("train.parquet",)
    assert not found.files["model.ubj"]


def test_another_library_code_or_machine_is_named(
    artifacts: FolderObjects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "penstock.training.reproducing"
    from penstock.experiments.record import Hardware
    from penstock.experiments.recording import libraries

    monkeypatch.setattr(f"{here}.libraries", lambda: {**libraries(), "numpy": "1.0"})
    monkeypatch.setattr(f"{here}.code_hash", lambda: "0" * 64)
    monkeypatch.setattr(f"{here}.hardware", lambda: Hardware(processor="another", cores=999))
    found = reproduce_run(artifacts, RUN, folder=tmp_path)
    told: Any = " | ".join(found.differences)
    assert found.identical
    for word in ("numpy", "1.0 here", "code", "another here", "999 here"):
        assert word in told
