"""Power of one feature, on small arrays."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.features.engineering.coding import binned
from penstock.features.engineering.power import auc, mutual_information, power
from penstock.features.engineering.stability import missing_shift, stability_index, thirds


def test_a_relation_of_any_shape_has_power() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=4_000)
    label, train = np.abs(x) > 1, np.arange(4_000) < 3_000
    assert power(binned(x, train), label, train, ~train, seed=1).auc.low > 0.95
    noise = power(binned(random.normal(size=4_000), train), label, train, ~train, seed=1)
    assert noise.auc.low < 0.5 < noise.auc.high + 0.02
    assert noise.information < 0.01


def test_power_is_measured_on_rows_that_were_not_learnt_from() -> None:
    label = np.arange(2_000) % 2 == 0
    train = np.arange(2_000) < 1_000
    memory = np.where(train, label, ~label) * 1.0  # right in training, wrong ever after
    assert power(binned(memory, train), label, train, ~train, seed=1).auc.value == 0.0


def test_missing_values_are_a_value() -> None:
    label = np.arange(1_000) % 4 == 0
    train = np.arange(1_000) < 700
    x = np.where(label, np.nan, 1.0)
    assert power(binned(x, train), label, train, ~train, seed=1).auc.value == 1.0


@pytest.mark.parametrize(
    ("counts", "area"),
    [
        ([[5, 0], [0, 5]], 1.0),
        ([[0, 5], [5, 0]], 0.0),
        ([[5, 5]], 0.5),
        ([[3, 1], [1, 3]], 0.75),
        ([[4, 0]], 0.5),
    ],
)
def test_area_from_counts(counts: list[list[int]], area: float) -> None:
    assert auc(np.array(counts)) == pytest.approx(area)


def test_information_of_nothing_is_nothing() -> None:
    assert mutual_information(np.zeros((3, 2), dtype=np.int64)) == (0.0, 0.0)
    assert mutual_information(np.array([[50, 50], [50, 50]])) == (0.0, 0.0)
    nats, share = mutual_information(np.array([[50_000, 0], [0, 50_000]]))
    assert nats == pytest.approx(np.log(2), abs=1e-4)
    assert share == pytest.approx(1.0, abs=1e-4)


def test_a_shift_is_seen_and_a_history_that_fills_up_is_none() -> None:
    random = np.random.default_rng(1)
    time = np.arange(9_000.0)
    first, last = thirds(time)
    steady = random.normal(size=9_000)
    filling = np.where(first & (random.random(9_000) < 0.7), np.nan, steady)
    moving = steady + time / 3_000
    indexes = [stability_index(binned(x, first, bins=12), first, last) for x in (steady, filling, moving)]
    assert indexes[0] < 0.01
    assert indexes[1] < 0.02
    assert indexes[2] > 0.25
    assert missing_shift(binned(filling[::-1], first, bins=12), first, last) == pytest.approx(0.7, abs=0.05)
