"""Sketches, profiles and distances."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import InvalidSpec
from penstock.monitoring.drift import distance
from penstock.monitoring.profile import ColumnProfile, statistics_document
from penstock.sketches.quantiles import Sketch

RNG = np.random.default_rng(4)
SIMPLE = {"comparison_method": "Simple", "comparison_threshold": 0.1, "categorical_comparison_threshold": 0.1}


def numeric(values):
    return ColumnProfile("x", "Fractional", numbers=np.asarray(values, dtype=float))


@pytest.mark.parametrize(
    "values", [RNG.normal(size=200_000), np.arange(100_000.0), np.repeat([1.0, 2.0, 9.0], 20_000)]
)
def test_a_sketch_keeps_quantiles_in_little_space(values):
    sketch = Sketch.of(values)
    points = np.quantile(values, np.linspace(0.01, 0.99, 50))
    exact = np.searchsorted(np.sort(values), points, side="right") / len(values)
    assert np.abs(sketch.cdf(points) - exact).max() < 0.005
    assert sum(map(len, sketch.levels)) < 8_000


@given(st.lists(st.floats(-1e9, 1e9), max_size=50))
@settings(max_examples=50, deadline=None)
def test_a_small_sketch_is_exact(values):
    ordered = np.sort(np.array(values))
    expected = np.searchsorted(ordered, ordered, side="right") / max(len(ordered), 1)
    assert np.allclose(Sketch.of(ordered).cdf(ordered), expected)


def test_no_weight_is_lost_and_documents_round_trip():
    sketch = Sketch.of(RNG.random(123_457))
    assert sum(len(level) * 2**n for n, level in enumerate(sketch.levels)) == 123_457
    again = Sketch.read(json.loads(json.dumps(sketch.document())))
    assert all(np.array_equal(a, b) for a, b in zip(sketch.levels, again.levels, strict=True))
    assert sketch.document()["parameters"] == {"c": 0.64, "k": 2048.0}


def test_statistics_have_model_monitors_shape():
    words = ColumnProfile("w", "String", missing=2, words={"a": 3, "b": 5})
    document = statistics_document([numeric([0, 1, 2, 10]), words], rows=10)
    number, word = document["features"]
    kll = number["numerical_statistics"]["distribution"]["kll"]
    assert [bucket["count"] for bucket in kll["buckets"]] == [1, 1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert kll["buckets"][-1]["upper_bound"] == 10.0
    assert word["string_statistics"]["common"] == {"num_present": 8, "num_missing": 2}
    assert word["string_statistics"]["distribution"]["categorical"]["buckets"][0] == {
        "value": "b",
        "count": 5,
    }


def compare(before, now, **config):
    return distance(now, before.statistics(), {**SIMPLE, **config})


def test_the_simple_distance_is_kolmogorov_smirnovs():
    from scipy.stats import ks_2samp

    before, now = RNG.normal(size=1_000), RNG.normal(0.3, 1.2, 800)
    assert compare(numeric(before), numeric(now)).value == pytest.approx(
        ks_2samp(before, now).statistic, abs=1e-9
    )


def test_the_robust_distance_forgives_small_samples():
    before, now = RNG.normal(size=5_000), RNG.normal(0.5, 1, 100)
    simple, robust = (
        compare(numeric(before), numeric(now), comparison_method=m).value for m in ("Simple", "Robust")
    )
    assert robust == pytest.approx(simple - 1.8 * np.sqrt(5_100 / 500_000))


def test_a_baseline_without_a_sketch_is_read_from_its_buckets():
    statistics = numeric(RNG.uniform(size=10_000)).statistics()
    del statistics["numerical_statistics"]["distribution"]["kll"]["sketch"]
    assert distance(numeric(RNG.uniform(size=10_000)), statistics, SIMPLE).value < 0.05
    assert distance(numeric(RNG.uniform(0.5, 1.5, 10_000)), statistics, SIMPLE).drifted


def test_words_are_compared_by_their_largest_difference():
    before, now = (ColumnProfile("w", "String", words=w) for w in ({"a": 50, "b": 50}, {"a": 20, "c": 80}))
    assert compare(before, now).value == pytest.approx(0.8)


def test_many_words_do_not_look_like_drift():
    before = ColumnProfile("w", "String", words={f"w{n}": 1 for n in range(5_000)})
    assert compare(before, before).value < 0.001


def test_nothing_is_compared_when_switched_off_or_empty():
    assert compare(numeric([1.0]), numeric([])) is None
    assert compare(numeric([]), numeric([1.0])) is None
    assert compare(numeric([1.0]), numeric([2.0]), perform_comparison="Disabled") is None
    with pytest.raises(InvalidSpec, match="Fancy"):
        compare(numeric([1.0]), numeric([2.0]), comparison_method="Fancy")
