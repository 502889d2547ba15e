"""Columns without values, with one value, with infinities, and hardly any rows: all are looked at."""

from __future__ import annotations

import json
import warnings
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from penstock.evaluation.calibration import calibration
from penstock.evaluation.fairness import suggest
from penstock.evaluation.robustness import robustness
from penstock.evaluation.slices import Scored, slices_of
from penstock.evaluation.soundness import Part, soundness
from penstock.specs import Column, RobustnessSpec, SliceSpec
from penstock.training.algorithms import Answers

INPUTS = ["empty", "blank", "same", "endless", "flag", "good"]


def table(rows: int) -> pa.Table:
    rng = np.random.default_rng(rows)
    return pa.table(
        {
            "empty": pa.nulls(rows, pa.float64()),
            "blank": pa.nulls(rows, pa.string()),
            "same": np.ones(rows),
            "endless": np.where(np.arange(rows) % 2, np.inf, rng.normal(size=rows)),
            "flag": pa.array([None, *([True] * (rows - 1))], pa.bool_()),
            "good": rng.normal(size=rows),
        }
    )


class Constant:
    """Answers alike whatever it is shown."""

    preparation = SimpleNamespace(inputs=tuple(INPUTS))
    card = SimpleNamespace(threshold=0.5)

    def scores(self, rows: pa.Table) -> np.ndarray:
        return np.full(rows.num_rows, 0.4)


@pytest.mark.parametrize("rows", [3, 400])
@pytest.mark.parametrize("label", ["mixed", "yes", "no"])
def test_odd_columns_and_single_answers_are_looked_at(rows, label):
    values = {"mixed": np.arange(rows) % 2 == 0, "yes": np.ones(rows, bool), "no": np.zeros(rows, bool)}[
        label
    ]
    known, scores = Answers("binary", values), np.full(rows, 0.4)
    part, scored = Part(table(rows), known), Scored(table(rows), known, scores)
    columns = [
        Column(name="age_group", type="string"),
        Column(name="flag", type="boolean", sensitivity="special"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        documents = [
            soundness(part, part, part, INPUTS),
            suggest(part.table, columns=columns, features=INPUTS, facets=["same", "gone"]),
            slices_of(scored, scored, spec=SliceSpec(columns=["flag", "blank"], fewest_rows=10),
                      metric="accuracy", inputs=INPUTS, seed=1),
            robustness(Constant(), scored, part.table, spec=RobustnessSpec(), metric="accuracy", seed=1),
        ]  # fmt: skip
    for document in documents:
        json.dumps(document.model_dump(mode="json"), allow_nan=False)
    json.dumps(calibration(known, scores), allow_nan=False)
