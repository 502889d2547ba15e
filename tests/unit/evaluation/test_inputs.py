"""Rows that have too little to learn from are told in the verdict."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from penstock.evaluation.inputs import hashed_columns, input_checks, inputs_of
from penstock.specs import Gates
from penstock.specs.preparing import PreparationSpec


def checks(train: dict[str, Any], test: dict[str, Any], *, learnt: int = 2, **gates: Any) -> dict[str, Any]:
    tables = {"train": pa.table(train), "validation": pa.table(train), "test": pa.table(test)}
    found = inputs_of(tables, list(train), learnt_columns=learnt)
    return {one.check: one for one in input_checks(found, Gates.model_validate(gates))}


def test_a_column_without_values_is_named_with_where_it_has_none() -> None:
    none, some = pa.nulls(4, pa.float64()), pa.array([1.0, 2.0, None, 3.0])
    found = checks({"a": none, "b": some}, {"a": none, "b": none})["columns_with_values"]
    assert (found.passed, found.value) == (False, 2.0)
    assert "a (train, validation, test rows), b (test rows) without any value" in found.reason
    assert checks({"a": none, "b": some}, {"a": none, "b": some}, maximum_empty_columns=1)[
        "columns_with_values"
    ].passed


def test_a_constant_column_is_told_and_does_no_harm() -> None:
    found = checks({"a": pa.array([1.0] * 4)}, {"a": pa.array([1.0] * 4)})["columns_with_values"]
    assert found.passed
    assert "constant in the training rows: a" in found.reason


@pytest.mark.parametrize(("words", "passed"), [(["x", "y", "x", None], True), (["x", "q", "r", "s"], False)])
def test_words_that_no_training_row_has_are_counted(words: list[str | None], passed: bool) -> None:
    found = checks({"a": ["x", "y", "x", "y"]}, {"a": words})["seen_words"]
    assert found.passed is passed
    assert passed or "75.0% of the test rows have a word in a" in found.reason


def test_there_must_be_a_row_for_each_column() -> None:
    rows = {"a": pa.array([1.0, 2.0])}
    assert not checks(rows, rows, learnt=3)["rows_for_columns"].passed
    assert checks(rows, rows, learnt=2)["rows_for_columns"].passed
    assert "rows_for_columns" not in checks(rows, rows, learnt=3, rows_for_each_column=0)


def test_new_words_are_expected_where_a_hash_divides_them() -> None:
    spec = PreparationSpec.model_validate(
        {"columns": {"a": {"encode": "hashed"}, "b": {"encode": "words"}, "c": {"encode": "ordinal"}}}
    )
    assert hashed_columns(spec, ["a", "b", "c", "d"]) == {"a", "b"}
    assert hashed_columns(None, ["a"]) == frozenset()
