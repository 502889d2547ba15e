"""The check before any traffic."""

from __future__ import annotations

import json

import pytest

from penstock.errors import SmokeTestFailed
from penstock.serving import Predictor, smoke_test

ROWS = [{"amount": float(n), "land": "DE", "ok": None} for n in range(4)]


def samples(folder, path, change=0.0):
    answers = [{"score": p.score + change, "label": p.label} for p in Predictor.load(folder).predict(ROWS)]
    path.write_text(json.dumps({"instances": ROWS, "predictions": answers}))
    return path


def test_equal_answers_pass(model_folder, tmp_path):
    report = smoke_test(
        folder=model_folder,
        samples=samples(model_folder, tmp_path / "s.json"),
        output=tmp_path / "out" / "smoke.json",
        maximum_latency_ms=100,
    )
    assert report.passed
    assert json.loads((tmp_path / "out" / "smoke.json").read_text())["rows"] == 4


@pytest.mark.parametrize(
    ("change", "limit", "reason"), [(1e-5, 100, "differ"), (0.0, 1e-9, "ms are allowed")]
)
def test_other_answers_or_slow_ones_fail_and_are_reported(model_folder, tmp_path, change, limit, reason):
    with pytest.raises(SmokeTestFailed, match=reason):
        smoke_test(
            folder=model_folder,
            samples=samples(model_folder, tmp_path / "s.json", change),
            output=tmp_path / "smoke.json",
            maximum_latency_ms=limit,
        )
    assert not json.loads((tmp_path / "smoke.json").read_text())["passed"]


def test_no_samples_fail(model_folder, tmp_path):
    (tmp_path / "s.json").write_text('{"instances": [], "predictions": []}')
    with pytest.raises(SmokeTestFailed, match="no sample rows"):
        smoke_test(
            folder=model_folder, samples=tmp_path / "s.json", output=tmp_path / "o.json", maximum_latency_ms=1
        )
