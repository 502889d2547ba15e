"""Encoding raw columns, in bulk and row by row."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import NotFound
from penstock.training import Preparation
from penstock.training.fit import InputColumn, fit_preparation
from penstock.training.instances import InvalidInstances

COLUMNS = (InputColumn("land", "string"), InputColumn("amount", "decimal"), InputColumn("ok", "boolean"))
TABLE = pa.table(
    {
        "land": ["DE", "DE", "FR", None, "FR", "DE"],
        "amount": [1.0, None, 3.0, 5.0, 7.0, 2.0],
        "ok": [True, True, None, False, True, True],
    }
)
FITTED = fit_preparation(TABLE, COLUMNS)


def test_names_say_what_a_matrix_column_means():
    assert FITTED.names == (
        "land = DE",
        "land = FR",
        "land is other",
        "land is null",
        "amount",
        "amount is null",
        "ok",
        "ok is null",
    )
    assert FITTED.sources.tolist() == [0, 0, 0, 0, 1, 1, 2, 2]


def test_nulls_take_the_median_and_the_more_frequent_truth():
    matrix = FITTED.transform_instances([{"land": None, "amount": None, "ok": None}])
    assert matrix.tolist() == [[0, 0, 0, 1, 3.0, 1, 1, 1]]


def test_unseen_words_are_other():
    assert FITTED.transform_instances([{"land": "XX", "amount": 1, "ok": False}])[0, 2] == 1


def test_standardised_numbers_have_mean_zero_and_deviation_one():
    full = pa.table({"land": ["a"] * 100, "amount": np.arange(100.0), "ok": [True] * 100})
    matrix = fit_preparation(full, COLUMNS).transform(full, scaled=True)
    column = matrix[:, 3]
    assert abs(column.mean()) < 1e-6
    assert abs(column.std() - 1) < 1e-5


def test_rare_words_beyond_fifty_are_other():
    words = [f"w{n:02d}" for n in range(60)] * 2 + [f"w{n:02d}" for n in range(50)]
    fitted = fit_preparation(pa.table({"land": words, "amount": [1.0] * 170, "ok": [True] * 170}), COLUMNS)
    assert len(fitted.columns[0].levels) == 50
    assert "w55" not in fitted.columns[0].levels


row = st.fixed_dictionaries(
    {
        "land": st.none() | st.sampled_from(["DE", "FR", "XX", ""]),
        "amount": st.none() | st.floats(-1e6, 1e6),
        "ok": st.none() | st.booleans(),
    }
)


@given(st.lists(row, min_size=1, max_size=8), st.booleans())
@settings(max_examples=60, deadline=None)
def test_serving_and_training_encode_alike(rows, scaled):
    schema = pa.schema([("land", pa.string()), ("amount", pa.float64()), ("ok", pa.bool_())])
    bulk = FITTED.transform(pa.Table.from_pylist(rows, schema=schema), scaled=scaled)
    assert np.array_equal(bulk, FITTED.transform_instances(rows, scaled=scaled))


def test_a_preparation_is_the_same_after_writing_and_reading(tmp_path):
    FITTED.write(tmp_path / "p.json")
    assert Preparation.read(tmp_path / "p.json") == FITTED


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"land": 3}, "land"),
        ({"amount": "12"}, "amount"),
        ({"amount": math.inf}, "amount"),
        ({"amount": True}, "amount"),
        ({"ok": "true"}, "ok"),
        ({"colour": "red"}, "unknown: colour"),
    ],
)
def test_wrong_values_are_refused_by_name(change, named):
    with pytest.raises(InvalidInstances, match=named):
        FITTED.transform_instances([{"land": "DE", "amount": 1.0, "ok": True, **change}])


def test_missing_columns_are_refused_by_name():
    with pytest.raises(InvalidInstances, match="missing: amount, ok"):
        FITTED.transform_instances([{"land": "DE"}])
    with pytest.raises(NotFound, match="ok"):
        FITTED.transform(TABLE.drop_columns(["ok"]))
