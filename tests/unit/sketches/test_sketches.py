"""Bounds of the sketches, and merges that lose nothing."""

from __future__ import annotations

import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.sketches import Bins, Distinct, Frequent, Moments, Sketch, hash_numbers, hash_texts
from penstock.sketches.distinct import STANDARD_ERROR

RNG = np.random.default_rng(11)
SHAPES = {
    "normal": lambda n: RNG.normal(5, 3, n),
    "skewed": lambda n: RNG.lognormal(0, 3, n),
    "few values": lambda n: RNG.integers(0, 7, n).astype(float),
    "sorted": lambda n: np.arange(float(n)),
    "two clusters": lambda n: np.where(RNG.random(n) < 0.5, RNG.normal(0, 1e-6, n), RNG.normal(1e9, 1, n)),
}
floats = st.lists(st.floats(-1e12, 1e12), max_size=40).map(lambda found: np.array(found, dtype=float))
# Hashes are kept for ever: these are what the first version gave.
TEXT_HASHES = [11286133854226296554, 5481012536303353555, 10586089860359868391, 4556693586855357462]
NUMBER_HASHES = [11286133854226296554, 11286133854226296554, 3868538229376497241]


def texts(*values: bytes):
    offsets = np.concatenate([[0], np.cumsum([len(value) for value in values])]).astype(np.int64)
    return hash_texts(np.frombuffer(b"".join(values), dtype=np.uint8), offsets)


def test_hashes_stay_what_they_were():
    found = texts(b"", b"a", b"Penstock profile", b"x" * 600).tolist()
    assert found == TEXT_HASHES
    assert hash_numbers(np.array([0.0, -0.0, 1.5])).tolist() == NUMBER_HASHES
    assert (
        hash_numbers(np.array([2**53 + 1, 2**53])).tolist()[0]
        != hash_numbers(np.array([2.0**53])).tolist()[0]
    )


def test_a_hash_depends_on_the_text_alone():
    values = [bytes(RNG.integers(97, 123, size=n).astype(np.uint8)) for n in RNG.integers(0, 700, 60)]
    together, apart = texts(*values), [texts(value)[0] for value in values]
    assert together.tolist() == [int(value) for value in apart]
    assert len(set(together.tolist())) == len(set(values))


@pytest.mark.parametrize("count", [0, 1, 10, 1_000, 30_000, 300_000])
def test_distinct_is_right_within_its_error(count):
    errors = []
    for start in range(3):
        hashes = np.sort(hash_numbers(np.arange(start * count, (start + 1) * count)))
        errors.append(Distinct.of(hashes).estimate() - count)
    assert abs(np.mean(errors)) <= max(1, 3 * STANDARD_ERROR * count)


@given(st.sets(st.integers(0, 10_000)), st.sets(st.integers(0, 10_000)))
@settings(max_examples=30, deadline=None)
def test_distinct_of_a_union_is_that_of_the_whole(one, other):
    def sketch(values):
        return Distinct.of(hash_numbers(np.array(sorted(values), dtype=np.int64)))

    merged = sketch(one).merge(sketch(other))
    assert np.array_equal(merged.ranks, sketch(one | other).ranks)
    assert np.array_equal(Distinct.read(merged.document()).ranks, merged.ranks)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("parts", [1, 7, 60])
def test_ranks_are_right_to_half_a_percent_however_merged(shape, parts):
    pieces = [SHAPES[shape](60_000 // parts) for _ in range(parts)]
    sketch = Sketch.of(pieces[0], size=1024)
    for piece in pieces[1:]:
        sketch = sketch.merge(Sketch.of(piece, size=1024))
    ordered = np.sort(np.concatenate(pieces))
    points = np.quantile(ordered, np.linspace(0.01, 0.99, 50), method="inverted_cdf")
    exact = np.searchsorted(ordered, points, side="right") / len(ordered)
    assert np.abs(sketch.cdf(points) - exact).max() < 0.005
    assert sketch.rows == len(ordered)
    again = Sketch.unpacked(json.loads(json.dumps(sketch.packed())))
    assert np.array_equal(again.points(), sketch.points())


@given(floats, floats, floats)
@settings(max_examples=60, deadline=None)
def test_moments_merge_in_any_order(one, two, three):
    a, b, c = map(Moments.of, (one, two, three))
    whole = np.concatenate([one, two, three])
    for merged in (a.merge(b).merge(c), a.merge(b.merge(c)), c.merge(a).merge(b)):
        assert merged.count == len(whole)
        if len(whole) > 1:
            scale = float(np.abs(whole).max()) or 1.0
            assert merged.mean == pytest.approx(whole.mean(), abs=1e-9 * scale)
            assert merged.deviation() == pytest.approx(whole.std(ddof=1), rel=1e-6, abs=1e-9 * scale)


@given(floats, floats, floats)
@settings(max_examples=100, deadline=None)
def test_bins_of_parts_are_those_of_the_whole(one, two, three):
    parts = [Bins.of(np.sort(part)) for part in (one, two, three)]
    whole = Bins.of(np.sort(np.concatenate([one, two, three])))
    merged = None
    for part in parts[::-1]:
        merged = part if merged is None else merged.merge(part)
    assert (merged is None) == (whole is None)
    if merged is not None and whole is not None:
        assert merged.document() == whole.document()
        assert sum(merged.document()["counts"]) == len(one) + len(two) + len(three)
        assert len(merged.counts) <= 32


def test_bins_take_the_largest_and_the_smallest_numbers():
    for values in ([5e-324, 1e-320], [-1.7e308, 1.7e308], [3.0], [0.0], [1e15, 1e15 + 0.125]):
        found = Bins.of(np.array(values))
        assert found is not None
        assert found.counts.sum() == len(values)
        assert math.isfinite(found.width)


@given(st.lists(st.lists(st.integers(0, 30), max_size=60), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_no_frequent_value_is_missed_and_counts_keep_their_bound(parts):
    sketch = Frequent(size=8)
    for part in parts:
        sketch = sketch.merge(Frequent.of(Counter(part), size=8))
    exact = Counter(value for part in parts for value in part)
    assert sketch.error <= exact.total() / 9
    for value, count in exact.items():
        assert count - sketch.error <= sketch.counts.get(value, 0) <= count
    assert Frequent.read(json.loads(json.dumps(sketch.document()))) == sketch
