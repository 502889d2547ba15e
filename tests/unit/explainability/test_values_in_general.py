"""What holds for SHAP values of any model: they add up, share alike, and leave out what does nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.explainability import counterfactual, explain_rows
from tests.unit.explainability.asked import asked

NAMES = ("a", "b", "c", "d")
KINDS = dict.fromkeys(NAMES, "decimal")
USUAL = pa.table({name: np.random.default_rng(n).normal(size=6) for n, name in enumerate(NAMES)})
NUMBERS = st.floats(-3, 3, allow_subnormal=False)
ROWS = st.fixed_dictionaries(dict.fromkeys(NAMES, NUMBERS))
WEIGHTS = st.lists(NUMBERS, min_size=6, max_size=6)
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def polynomial(weights):
    def function(a, b, c, d):
        u, v, w, x, y, z = weights
        return u * a + v * np.sin(b) + w * a * b + x * b * c + y * a * b * c + z * np.maximum(a, c) + 0 * d

    return function


@few
@given(WEIGHTS, ROWS, st.sampled_from(["enumeration", "permutation", "kernel"]))
def test_values_add_up_and_a_column_that_does_nothing_has_nothing(weights, row, method):
    model = asked(polynomial(weights), KINDS)
    [told] = explain_rows(model, [row], method=method, background=USUAL, budget=300)
    assert told.base_value + sum(told.shap.values()) == pytest.approx(told.score, abs=1e-8)
    assert told.shap["d"] == pytest.approx(0, abs=max(1e-8, 4 * told.error))


@few
@given(WEIGHTS, ROWS)
def test_columns_that_do_the_same_share_alike(weights, row):
    u, v, w, *_ = weights
    model = asked(lambda a, b, c, d: u * (a + b) + v * a * b * c + w * np.maximum(a, b) * d, KINDS)
    same = row | {"b": row["a"]}
    usual = USUAL.set_column(1, "b", USUAL["a"])
    [told] = explain_rows(model, [same], background=usual)
    assert told.shap["a"] == pytest.approx(told.shap["b"], abs=1e-8)


@few
@given(WEIGHTS, ROWS)
def test_two_models_added_up_have_their_values_added_up(weights, row):
    one, other = polynomial(weights), polynomial(weights[::-1])
    both = asked(lambda *x: one(*x) + other(*x), KINDS)
    told = [explain_rows(asked(f, KINDS), [row], background=USUAL)[0].shap for f in (one, other)]
    [together] = explain_rows(both, [row], background=USUAL)
    expected = {name: told[0][name] + told[1][name] for name in NAMES}
    assert together.shap == pytest.approx(expected, abs=1e-8)


@few
@given(WEIGHTS, ROWS)
def test_a_counterfactual_that_is_returned_is_one(weights, row):
    function = polynomial(weights)
    model = asked(lambda *x: 1 / (1 + np.exp(-function(*x))), KINDS, problem="binary")
    found = counterfactual(model, row, background=USUAL, budget=2_000)
    changed = row | {name: one.after for name, one in found.changes.items()}
    assert (model.predict([changed])[0].label != model.predict([row])[0].label) == found.found
