"""Every handler can be imported in its layer, and pulls in nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = {"__init__", "dependencies", "runtime", "scheduling"}
FILES = sorted(path for path in (ROOT / "lambdas").rglob("*.py") if path.stem not in SHARED)
ENTRIES = [f"{path.parent.name}.{path.stem}" for path in FILES]
HEAVY = ("pandas", "numpy", "sklearn", "pyarrow", "xgboost", "lightgbm", "duckdb", "scipy", "jinja2", "typer")

_PROBE = """
import importlib, sys
for name in {absent!r}:
    sys.modules[name] = None  # as in the layer, where it is not installed
module = importlib.import_module({module!r})
print(",".join(name for name in {heavy!r} if sys.modules.get(name) is not None))
assert callable(module.handler)
"""


def heavy_imports(entry: str) -> str:
    """Import a handler in a process of its own; return the heavy modules that came with it."""
    absent = [name for name in HEAVY if name != "duckdb"]
    code = _PROBE.format(module=f"lambdas.{entry}", heavy=HEAVY, absent=absent)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AWS_DEFAULT_REGION": "eu-west-1"}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return found.stdout.strip()


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_handler_needs_only_its_layer(entry: str) -> None:
    assert heavy_imports(entry) == ""
