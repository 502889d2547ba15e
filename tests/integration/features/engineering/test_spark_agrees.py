"""Engineered features have the same values on Spark as on DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlglot

from penstock.features.engineering import open_rows
from penstock.quality.expressions import parse_expression
from tests.integration.features.engineering.test_values import ROWS, everything


@pytest.fixture
def session(spark: Any) -> Any:
    own = spark.newSession()
    own.conf.set("spark.sql.session.timeZone", "UTC")
    return own


def test_every_kind_has_the_same_values(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(ROWS, path)
    frame = session.read.parquet(str(path)).coalesce(1)
    with open_rows(ROWS) as source:
        for one in everything(source):
            text = parse_expression(one.expression).sql({name: name for name in source.types})
            [written] = sqlglot.transpile(f"SELECT {text}", "duckdb", write="spark")
            there = [row[0] for row in frame.selectExpr(written.removeprefix("SELECT ")).collect()]
            computed = source.with_columns([(one.name, one.expression, one.type)])
            here = computed.all([one.name])[one.name].to_pylist()
            expected = [pytest.approx(value) if isinstance(value, float) else value for value in here]
            assert there == expected, one.expression
