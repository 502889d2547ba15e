"""A small trained model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from penstock.specs import Candidate
from penstock.training.algorithms.logistic_regression import Linear
from penstock.training.artefact import write_card
from penstock.training.fit import InputColumn, fit_preparation

COLUMNS = [InputColumn("amount", "decimal"), InputColumn("land", "string"), InputColumn("ok", "boolean")]


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    table = pa.table({"amount": [1.0, 2.0, 3.0], "land": ["DE", "FR", "DE"], "ok": [True, False, True]})
    preparation, folder = fit_preparation(table, COLUMNS), tmp_path / "model"
    folder.mkdir()
    width = len(preparation.names)
    Linear(np.array(0.1), np.linspace(-1, 1, width), np.zeros(width), "log_odds").save(folder)
    write_card(
        folder,
        candidate=Candidate(name="linear", algorithm="logistic_regression"),
        preparation=preparation,
        seed=7,
        threads=1,
    )
    return folder
