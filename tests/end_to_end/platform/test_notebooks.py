"""Every notebook runs from top to bottom beside a live platform."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from penstock.models import ModelVersion

PROJECT = Path(__file__).parents[3]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(
    path: Path, pilot: ModelVersion, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    notebook = nbformat.read(path, as_version=4)
    parameters = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    parameters.source += f"\nuse_case = {pilot.use_case!r}"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(root)}}).execute()
    assert [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
