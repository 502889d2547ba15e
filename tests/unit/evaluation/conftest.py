"""A prepared run with trained candidates, made once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.evaluation.package import pack
from penstock.specs import Candidate, UseCase
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.train import train_candidate

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

COLUMNS = [InputColumn("x", "decimal"), InputColumn("word", "string")]


@dataclass(frozen=True)
class Run:
    use_case: UseCase
    prepared: Path
    archives: dict[str, Path]


def rows(count: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    x, word = rng.normal(size=count), rng.choice(["a", "b", "c"], count)
    label = rng.random(count) < 1 / (1 + np.exp(-2 * x - (word == "a")))
    arrival = np.where(np.arange(count) % 3 == 0, "new", "old")
    return pa.table({"x": x, "word": word, "label": label, "arrival": arrival})


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    for number, (name, count) in enumerate({"train": 900, "validation": 300, "test": 400}.items()):
        pq.write_table(rows(count, number), folder / f"{name}.parquet")
    fit_preparation(pq.read_table(folder / "train.parquet"), COLUMNS).write(folder / "preparation.json")
    spec = UseCase.model_validate(
        {
            "name": "u",
            "title": "t",
            "owner": "o",
            "risk": {},
            "datasets": [
                {
                    "dataset": "d",
                    "owner": "o",
                    "steward": "s",
                    "purpose": "p",
                    "legal_basis": "l",
                    "classification": "public",
                    "columns": [
                        {"name": "x", "type": "decimal"},
                        {"name": "word", "type": "string"},
                        {"name": "y", "type": "integer"},
                    ],
                }
            ],
            "model": {
                "dataset": "d",
                "target": {"column": "y"},
                "features": ["x", "word"],
                "split": {"column": "word"},
                "candidates": [
                    {
                        "name": "good",
                        "algorithm": "lightgbm",
                        "hyperparameters": {"n_estimators": 20, "num_leaves": 4},
                    },
                    {
                        "name": "weak",
                        "algorithm": "lightgbm",
                        "hyperparameters": {"n_estimators": 1, "num_leaves": 2, "max_bin": 2},
                    },
                ],
                "gates": {"minimum": {"auc": 0.7}},
            },
        }
    )
    archives = {c.name: trained(folder, c) for c in (spec.model.baseline, *spec.model.candidates)}
    return Run(spec, folder, archives)


def trained(folder: Path, candidate: Candidate) -> Path:
    output, archive = folder / "models" / candidate.name, folder / f"{candidate.name}.tar.gz"
    train_candidate(
        train=folder / "train.parquet",
        validation=folder / "validation.parquet",
        candidate=candidate,
        preparation=folder / "preparation.json",
        seed=7,
        output=output,
    )
    pack(output, archive)
    return archive
