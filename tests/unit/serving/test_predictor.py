"""Loading and asking a model."""

from __future__ import annotations

import time

import pytest

from penstock.serving import Predictor
from penstock.training.artefact import BrokenModel

ROW = {"amount": 2.5, "land": "DE", "ok": True}


def test_no_rows_have_no_answers(model_folder):
    assert Predictor.load(model_folder).predict([]) == []


def test_a_row_is_answered_within_three_milliseconds(model_folder):
    predictor = Predictor.load(model_folder)
    predictor.predict([ROW])
    start = time.perf_counter()
    for _ in range(50):
        predictor.predict([ROW])
    assert (time.perf_counter() - start) / 50 < 0.003


def test_a_folder_that_holds_no_model_is_refused(tmp_path):
    with pytest.raises(BrokenModel, match="no model"):
        Predictor.load(tmp_path)


def test_a_pickle_in_place_of_a_models_file_is_never_read(model_folder):
    import pickle

    (model_folder / "linear.json").write_bytes(pickle.dumps({"intercept": 0}))
    with pytest.raises(BrokenModel, match="changed"):
        Predictor.load(model_folder)
