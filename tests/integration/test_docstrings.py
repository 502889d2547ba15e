"""Examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
_PACKAGES = ("penstock", "sagemaker_jobs", "local_cloud", "stacks", "lambdas")
_FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


def modules() -> Iterator[str]:
    """Yield the names of modules that have an example."""
    for package in _PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            if ">>> " in path.read_text(encoding="utf-8"):
                yield ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("name", list(modules()))
def test_examples_run_as_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    failed, tried = doctest.testmod(importlib.import_module(name), optionflags=_FLAGS)
    assert tried > 0
    assert failed == 0
