"""The evidence about a version: complete, with the hash of every file, and honest about what is wrong."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.experiments import Run, Runs
from penstock.governance import AuditTrail, dossier
from penstock.governance.copies import AuditCopies
from penstock.governance.evidence import verify_evidence, write_evidence
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.models.signing import sign_package
from penstock.specs import load_use_case
from penstock.stores import FolderObjects, MemoryItems

EXAMPLES = Path(__file__).parents[3] / "examples"
AT, NOW = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"
KEY = "runs/breast_cancer/r1/model/model.tar.gz"


class World:
    """A platform of stores in memory, with one version in it."""

    def __init__(self, folder: Path) -> None:
        tables = {name: MemoryItems() for name in ("catalog", "models", "approvals", "audit", "experiments")}
        self.artifacts = FolderObjects(folder / "artifacts")
        self.platform: Any = SimpleNamespace(items=tables.__getitem__, artifacts=self.artifacts)
        self.copies, self.trail = AuditCopies(FolderObjects(folder / "audit")), AuditTrail(tables["audit"])
        use_case = load_use_case(EXAMPLES / "breast_cancer")
        Catalog(tables["catalog"]).register(use_case, by="dana", at=AT)
        run = Run(run_id="r1", use_case="breast_cancer", snapshot_id="s", digest=use_case.digest,
                  reason="first data", requested_by="dana", started_at=AT)  # fmt: skip
        Runs(tables["experiments"]).start(run)
        self.package(b"{}")
        explanation = {"global_shap": {"a": 1.0}, "rows": [{"values": {"a": 7}}]}
        for name, document in {"metrics": {}, "explanation": explanation}.items():
            self.artifacts.write(f"e/{name}.json", json.dumps(document).encode())
        self.version: ModelVersion = ModelRepository(tables["models"]).register(
            "breast_cancer", run_id="r1", stage=Stage.APPROVED, by="dana", at=AT,
            facts={"candidate": "forest", "model_key": KEY, "evaluation_prefix": "e",
                   "signature": sign_package(self.artifacts, KEY)},
        )  # fmt: skip
        made = self.trail.append(
            "breast_cancer", action="model registered", actor="training", subject="version 1", at=AT
        )
        self.copies.write(made)

    def package(self, content: bytes) -> None:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as tar:
            entry = tarfile.TarInfo("model.json")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        self.artifacts.write(KEY, made.getvalue())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr(dossier, "audit_copies", lambda platform: world.copies)
    return world


def test_an_archive_has_what_a_reviewer_asks_for_and_the_hash_of_each_file(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.zip"
    made = write_evidence(world.platform, world.version, path, now=NOW)
    assert made.problems == ()
    assert {"card.json", "card.html", "version.json", "approvals.json", "audit.jsonl", "audit-check.json",
            "lineage.json", "package.json", "specification.json", "evaluation/metrics.json",
            "manifest.json"} <= set(made.files)  # fmt: skip
    assert verify_evidence(path) == []
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("package.json"))["unchanged"] is True
        assert json.loads(archive.read("explanation.json")) == {"global_shap": {"a": 1.0}}
        assert json.loads(archive.read("audit.jsonl").splitlines()[0])["action"] == "model registered"


def test_the_same_evidence_is_the_same_archive(world: World, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.zip", "b.zip")]
    for path in paths:
        write_evidence(world.platform, world.version, path, now=NOW)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_is_wrong_is_told_and_written_down(world: World, tmp_path: Path) -> None:
    path = tmp_path / "evidence.zip"
    world.package(b'{"evil": true}')
    world.trail.append("breast_cancer", action="did", actor="ann", subject="x", at=AT)
    made = write_evidence(world.platform, world.version, path, now=NOW)
    assert "record 2: no locked copy" in made.problems[0]
    assert "not the one that was registered" in made.problems[1]
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("package.json"))["unchanged"] is False
        assert len(json.loads(archive.read("manifest.json"))["problems"]) == 2


def test_a_file_that_was_changed_in_the_archive_is_found(world: World, tmp_path: Path) -> None:
    path, changed = tmp_path / "evidence.zip", tmp_path / "changed.zip"
    write_evidence(world.platform, world.version, path, now=NOW)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(b"dana", b"eve") if name == "version.json" else data)
    assert verify_evidence(changed) == ["version.json"]
