"""What ``model import`` looks at, uploads and asks for."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from penstock.cli.importing import bring_in, candidate_of
from penstock.errors import InvalidSpec, NotFound
from penstock.stores import FolderObjects
from penstock.training.imported import ModelRefused

TREES = b'{"learner":{}}'


class _Platform:
    def __init__(self, folder: Path) -> None:
        self.artifacts = FolderObjects(folder)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((function, payload))
        return {"requested_by": "dana"}


def test_a_file_is_uploaded_by_its_content_and_a_training_asked_for(tmp_path: Path) -> None:
    file, platform = tmp_path / "Forest 2.json", _Platform(tmp_path / "artifacts")
    file.write_bytes(TREES)
    candidate = candidate_of(file, columns=("a", "b"), trusted=())
    answer = bring_in(platform, "demo_case", file, candidate, reason="theirs")  # type: ignore[arg-type]
    source = candidate.source
    assert source is not None
    key = f"imports/demo_case/{source.sha256}/Forest_2.json"
    assert platform.artifacts.read(key) == TREES
    [(function, payload)] = platform.calls
    assert function == "request_training"
    assert payload["reason"] == "theirs"
    assert payload["overrides"]["candidates"] == [candidate.model_dump(mode="json")]
    assert (candidate.name, candidate.algorithm, source.columns) == ("forest_2", "imported", ("a", "b"))
    assert answer == {
        "requested_by": "dana", "candidate": "forest_2", "sha256": source.sha256,
        "place": f"{platform.artifacts.uri}/{key}",
    }  # fmt: skip


def test_nothing_is_uploaded_of_what_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.pkl"
    with pytest.raises(NotFound):
        candidate_of(file)
    file.write_bytes(pickle.dumps([1]))
    with pytest.raises(ModelRefused, match="--allow-pickle"):
        candidate_of(file)
    file.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ModelRefused, match="no model that can be brought in"):
        candidate_of(file)
    file.write_bytes(b"\x80\x02cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ModelRefused, match=r"os\.system"):
        candidate_of(file, allow_pickle=True)
    file.write_bytes(TREES)
    with pytest.raises(ModelRefused, match=r"found: xgboost\n  expected: onnx"):
        candidate_of(file, format="onnx")
    with pytest.raises(InvalidSpec, match=r"columns\.0"):
        candidate_of(file, columns=("no column",))
