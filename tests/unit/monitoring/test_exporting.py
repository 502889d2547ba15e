"""Profiles in Model Monitor's formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from penstock.catalog.profiles.numbers import measure_numbers
from penstock.catalog.profiles.profiling import document_of
from penstock.catalog.profiles.state import ColumnState
from penstock.catalog.profiles.texts import measure_texts
from penstock.catalog.profiles.vectors import Numbers, Texts, Words
from penstock.monitoring.drift import distance
from penstock.monitoring.exporting import write_baseline
from penstock.monitoring.profile import ColumnProfile
from penstock.sketches import Sketch

SIMPLE = {"comparison_method": "Simple", "comparison_threshold": 0.1}
VALUES = np.random.default_rng(3).normal(size=5_000)


def of_words(words: Sequence[str]) -> ColumnState:
    offsets = np.concatenate([[0], np.cumsum([len(word) for word in words])]).astype(np.int64)
    return measure_texts(Words(Texts("".join(words).encode(), offsets)), shown=True)[0]


@pytest.fixture
def exported(tmp_path: Path) -> dict[str, dict[str, dict]]:  # type: ignore[type-arg]
    valid = np.arange(5_000) % 10 > 0
    numbers = measure_numbers(Numbers(VALUES[valid], valid), "decimal", shown=True)[0]
    secret = measure_numbers(Numbers(np.arange(5_000)), "integer", shown=False)[0]
    states = {"x": numbers, "word": of_words(["a", "b"] * 2_500), "secret": secret}
    write_baseline(document_of(5_000, states), tmp_path)
    read = {
        name: json.loads((tmp_path / f"{name}.json").read_text()) for name in ("statistics", "constraints")
    }
    return {name: {entry["name"]: entry for entry in found["features"]} for name, found in read.items()}


def test_statistics_have_model_monitors_shape_and_serve_as_a_baseline(exported) -> None:
    numbers = exported["statistics"]["x"]["numerical_statistics"]
    assert numbers["common"] == {"num_present": 4_500, "num_missing": 500}
    buckets = numbers["distribution"]["kll"]["buckets"]
    assert (len(buckets), sum(bucket["count"] for bucket in buckets)) == (10, 4_500)
    exact, _ = np.histogram(VALUES[np.arange(5_000) % 10 > 0], 10)
    assert np.abs(np.array([bucket["count"] for bucket in buckets]) - exact).max() < 0.01 * 4_500
    assert Sketch.read(numbers["distribution"]["kll"]["sketch"]).rows == 4_500
    window = ColumnProfile("x", "Fractional", numbers=VALUES)
    found = distance(window, exported["statistics"]["x"], SIMPLE)
    assert found is not None
    assert found.value < 0.02
    words = exported["statistics"]["word"]["string_statistics"]
    assert words["distribution"]["categorical"]["buckets"] == [{"value": w, "count": 2_500} for w in "ab"]


def test_constraints_are_suggested_and_personal_columns_stay_unknown(exported) -> None:
    found = exported["constraints"]
    assert found["x"]["completeness"] == pytest.approx(0.9)
    assert found["x"]["num_constraints"] == {"is_non_negative": False}
    assert found["word"]["string_constraints"] == {"domains": ["a", "b"]}
    assert exported["statistics"]["secret"] == {"name": "secret", "inferred_type": "Unknown"}
    assert found["secret"] == {"name": "secret", "inferred_type": "Unknown", "completeness": 1.0}
