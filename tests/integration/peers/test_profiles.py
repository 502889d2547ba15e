"""A profile says what pandas and exact SQL say of the same file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from benchmarks.profile_peers.data import generate
from penstock.catalog.profiles import Profile, profile_files

ROWS = 150_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(ROWS, tmp_path_factory.mktemp("profiles") / "data.parquet", seed=3)


@pytest.fixture(scope="module")
def found(file: Path) -> Profile:
    return profile_files([file], target="amount")


def test_numbers_are_those_of_pandas(file: Path, found: Profile) -> None:
    frame = pd.read_parquet(file)
    for column in found.columns:
        if column.type not in {"integer", "decimal"}:
            continue
        expected = frame[column.name].describe()
        assert column.count - column.nulls == expected["count"]
        assert (column.minimum, column.maximum) == (expected["min"], expected["max"])
        assert column.mean == pytest.approx(expected["mean"], rel=1e-9)
        assert column.std == pytest.approx(expected["std"], rel=1e-9)
    for one in found.associations:
        if one.measure == "pearson":
            first, second = one.columns
            numbers = frame[[first, second]].apply(lambda values: pd.to_numeric(values, errors="coerce"))
            if frame[first].dtype.kind in "if":
                assert one.value == pytest.approx(numbers[first].corr(numbers[second]), abs=1e-9)


def test_counts_and_ranks_are_those_of_exact_sql(file: Path, found: Profile) -> None:
    for column in found.columns:
        name = column.name
        [(distinct, nulls)] = duckdb.sql(
            f"SELECT count(DISTINCT {name}), count(*) - count({name}) FROM read_parquet('{file}')"
        ).fetchall()
        assert column.nulls == nulls
        assert column.distinct == pytest.approx(distinct, rel=4 * column.distinct_error or 1e-12)
        assert (column.unique == "yes") == (distinct == ROWS - nulls)
        for top in column.top:
            literal = top.value.replace("'", "''")
            [(count,)] = duckdb.sql(
                f"SELECT count(*) FROM read_parquet('{file}') WHERE {name} = '{literal}'"
            ).fetchall()
            assert top.count <= count <= top.count + column.top_error
        for quantile, value in column.quantiles.items():
            [(below, at)] = duckdb.sql(
                f"SELECT count(*) FILTER ({name} < '{value}'), count(*) FILTER ({name} <= '{value}') "
                f"FROM read_parquet('{file}')"
            ).fetchall()
            share, present = float(quantile[1:]) / 100, ROWS - nulls
            assert below / present - 0.005 <= share <= at / present + 0.005
