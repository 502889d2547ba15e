"""What handlers import of the library loads no engine."""

from __future__ import annotations

import subprocess
import sys

import pytest

ENGINES = ("boto3", "duckdb", "numpy", "pandas", "pyarrow", "sklearn")


@pytest.mark.parametrize(
    "module",
    [
        "penstock.catalog",
        "penstock.features",
        "penstock.monitoring.policy",
        "penstock.onboarding",
        "penstock.quality",
        "penstock.serving.plan",
        "penstock.training.plan",
    ],
)
def test_importing_loads_no_engine(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {ENGINES} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
