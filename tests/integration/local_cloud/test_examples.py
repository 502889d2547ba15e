"""The examples in the docstrings of the local cloud are true."""

import doctest
import importlib
from pathlib import Path

import pytest

import local_cloud

ROOT = Path(local_cloud.__file__).parent
MODULES = sorted(
    ".".join(("local_cloud", *path.relative_to(ROOT).with_suffix("").parts))
    for path in ROOT.rglob("*.py")
    if "sagemaker" not in path.parts and ">>>" in path.read_text()
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "4599")
    assert doctest.testmod(importlib.import_module(name)).failed == 0
