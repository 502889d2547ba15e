"""Prepared rows of each problem, and bringing a file into them as a training job does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.serving.predictor import Predictor
from penstock.specs import Candidate
from penstock.training import train_candidate
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.imported import describe
from penstock.training.imported.trial import survive

TYPES = {"amount": "decimal", "lines": "integer", "disputed": "boolean", "land": "string"}


class World:
    """Rows with nulls and texts, as pandas reads them, and their answers to each problem."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        random, count = np.random.default_rng(3), 400
        self.rows = pd.DataFrame(
            {
                "amount": random.normal(10, 3, count),
                "lines": random.integers(1, 9, count),
                "disputed": random.random(count) < 0.3,
                "land": random.choice(["DE", "FR", "IT"], count).astype(object),
            }
        )
        self.rows.loc[::11, "amount"] = np.nan
        self.rows.loc[::13, "land"] = None
        value = self.rows.amount.fillna(10) + 4 * (self.rows.land == "DE") + random.normal(0, 1, count)
        self.answers: dict[str, Any] = {
            "binary": (value > 11).to_numpy(),
            "multiclass": np.array(["a", "b", "c"])[np.digitize(value, [9, 12])],
            "regression": value.to_numpy(),
        }
        for problem in self.answers:
            self._prepare(problem)
        self._prepare("clustering")

    @property
    def numbers(self) -> pd.DataFrame:
        return self.rows[["amount", "lines"]]

    def _prepare(self, problem: str) -> None:
        table = pa.Table.from_pandas(self.rows, preserve_index=False)
        if problem in self.answers:
            table = table.append_column("label", pa.array(self.answers[problem]))
        home = self.folder / problem
        home.mkdir()
        pq.write_table(table.slice(0, 300), home / "train.parquet")
        pq.write_table(table.slice(300), home / "validation.parquet")
        columns = [InputColumn(name, kind) for name, kind in TYPES.items()]
        fit_preparation(table.slice(0, 300), columns, problem=problem).write(home / "preparation.json")

    def held_out(self) -> pa.Table:
        return pa.Table.from_pandas(self.rows.iloc[300:], preserve_index=False)

    def bring(self, file: Path, problem: str = "binary", **told: Any) -> Predictor:
        candidate = Candidate(name="theirs", algorithm="imported", source=describe(file, **told))
        return self.run(file, candidate, problem)

    def copy(self, file: Path) -> Path:
        return Path(shutil.copy(file, self.folder / file.name))

    def try_out(self, file: Path, problem: str = "binary", **told: Any) -> None:
        home = self.folder / problem
        survive(
            {"train": home / "train.parquet", "validation": home / "validation.parquet",
             "preparation": home / "preparation.json"},
            candidate=Candidate(name="theirs", algorithm="imported", source=describe(file, **told)),
            problem=problem, imported=file,
        )  # fmt: skip

    def run(self, file: Path, candidate: Candidate, problem: str = "binary") -> Predictor:
        home = self.folder / problem
        output = file.with_name(f"{file.name}.model")
        train_candidate(
            train=home / "train.parquet", validation=home / "validation.parquet",
            preparation=home / "preparation.json", candidate=candidate, seed=7, output=output,
            problem=problem, threads=1, imported=file,
        )  # fmt: skip
        return Predictor.load(output)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))
