"""The background that a model's package carries."""

from __future__ import annotations

import pyarrow as pa
import pytest

from penstock.errors import NotFound
from penstock.explainability import BACKGROUND, background_of, read_background, write_background

TABLE = pa.table({"key": range(500), "b": ["x", None] * 250, "a": [float(n) for n in range(500)]})


def test_a_background_has_a_hundred_rows_of_the_models_columns_alone():
    found = background_of(TABLE, ["a", "b"])
    assert found.column_names == ["a", "b"]
    assert found.num_rows == 100
    assert found["a"].to_pylist() == sorted(found["a"].to_pylist())


def test_the_seed_decides():
    assert background_of(TABLE, ["a"], seed=1) == background_of(TABLE, ["a"], seed=1)
    assert background_of(TABLE, ["a"], seed=1) != background_of(TABLE, ["a"], seed=2)


def test_few_rows_are_all_taken():
    assert background_of(TABLE.slice(0, 3), ["a"])["a"].to_pylist() == [0.0, 1.0, 2.0]


def test_equal_rows_give_equal_bytes_and_come_back(tmp_path):
    first = write_background(tmp_path, TABLE, ["a", "b"]).read_bytes()
    tagged = TABLE.replace_schema_metadata({"origin": "elsewhere"})
    assert write_background(tmp_path, tagged, ["a", "b"]).read_bytes() == first
    assert (tmp_path / BACKGROUND).is_file()
    assert read_background(tmp_path) == background_of(TABLE, ["a", "b"])


def test_a_package_without_one_has_none(tmp_path):
    assert read_background(tmp_path) is None


@pytest.mark.parametrize("table", [TABLE.drop_columns(["a"]), TABLE.slice(0, 0)])
def test_rows_that_are_not_there_are_refused(table):
    with pytest.raises(NotFound):
        background_of(table, ["a"])


def test_rows_with_an_infinite_number_are_left_out_unless_all_are():
    table = pa.table({"a": [1.0, float("inf"), None, float("-inf")]})
    assert background_of(table, ["a"])["a"].to_pylist() == [1.0, None]
    assert background_of(table.slice(1, 1), ["a"])["a"].to_pylist() == [float("inf")]
