"""Handlers are thin and are all deployed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = {"__init__", "dependencies", "runtime", "scheduling"}
FILES = sorted(path for path in (ROOT / "lambdas").rglob("*.py") if path.stem not in SHARED)
ENTRIES = [f"{path.parent.name}.{path.stem}" for path in FILES]
LINES = 15


@pytest.mark.parametrize("path", FILES, ids=ENTRIES)
def test_a_handler_is_thin(path: Path) -> None:
    (handler,) = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "handler"
    ]
    first, last = handler.body[0], handler.body[-1]
    assert last.end_lineno is not None
    assert last.end_lineno - first.lineno + 1 <= LINES
    assert [argument.arg for argument in handler.args.args] == ["event", "context"]


def test_every_handler_is_deployed() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "stacks").rglob("*.py")]
    words = {
        node.value if isinstance(node, ast.Constant) else ""
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    missing = [entry for entry in ENTRIES if not {entry, entry.split(".")[1]} & words]
    assert missing == []


def test_no_handler_reaches_past_its_dependencies() -> None:
    for path in (ROOT / "lambdas").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [
                name for name in names if name.split(".")[0] in {"stacks", "sagemaker_jobs", "local_cloud"}
            ]
