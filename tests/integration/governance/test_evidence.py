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

from penstock.catalog import Arrival, Catalog, LandedObject
from penstock.catalog.records import Part
from penstock.experiments import Run, Runs
from penstock.governance import AuditTrail, dossier
from penstock.governance.copies import AuditCopies
from penstock.governance.evidence import verify_evidence, write_evidence
from penstock.governance.evidence_sources import QUESTIONS
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.models.signing import sign_package
from penstock.specs import load_use_case
from penstock.stores import FolderObjects, MemoryItems

EXAMPLES = Path(__file__).parents[3] / "examples"
AT, NOW = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"
UC = "breast_cancer"
KEY = "runs/breast_cancer/r1/model/model.tar.gz"


class World:
    """A platform of stores in memory, with one version in it."""

    def __init__(self, folder: Path) -> None:
        names = ("catalog", "models", "approvals", "audit", "experiments", "monitoring")
        self.tables = tables = {name: MemoryItems() for name in names}
        self.artifacts, self.lake = FolderObjects(folder / "artifacts"), FolderObjects(folder / "lake")
        self.platform: Any = SimpleNamespace(
            items=tables.__getitem__, artifacts=self.artifacts, lake=self.lake
        )
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


def learnt_from(world: World) -> ModelVersion:
    """Give the platform a file, its report, a record, traffic, and a second version made of all that."""
    catalog = Catalog(world.tables["catalog"])
    arrival = Arrival(
        id="a1", use_case=UC, dataset="samples", file_name="first.csv", received_at=AT, updated_at=AT,
        object=LandedObject(bucket="landing", key="breast_cancer/samples/first.csv", version="v1", size=3),
    )  # fmt: skip
    catalog.begin(arrival)
    counts = {"rows_in": 3, "rows_curated": 2, "rows_quarantined": 1}
    catalog.accept(UC, "samples", "a1", rows=counts, report_key="r.json", at=AT)
    head = catalog.commit(
        UC, "samples", "a1", at=AT, columns=[{"name": "a", "type": "integer"}],
        parts=[Part(key="curated/x", version="1", bytes=1, rows=2, sha256="0" * 64, arrival_id="a1")],
    )  # fmt: skip
    rule = {"check": "not_null", "columns": ["a"], "severity": "quarantine", "rows": 3, "broken": 1,
            "examples": [{"line": 2, "reason": "secret value 42"}]}  # fmt: skip
    world.lake.write("r.json", json.dumps({"rules": [rule]}).encode())
    world.artifacts.write("runs/breast_cancer/r2/model/run.json", b'{"code": "abc"}')
    world.artifacts.write("m/summary.json", b'{"distances": {"a": {"value": 0.3, "threshold": 0.1}}}')
    window = {"pk": f"usecase#{UC}", "sk": "window#1#x", "at": NOW, "status": "drift", "version": "2",
              "report_prefix": "m"}  # fmt: skip
    world.tables["monitoring"].put(window)
    return ModelRepository(world.tables["models"]).register(
        UC, run_id="r2", stage=Stage.APPROVED, by="dana", at=AT,
        facts={"candidate": "forest", "model_key": KEY, "evaluation_prefix": "e", "snapshot_id": head.id,
               "signature": world.version.signature, "verdict": {"passed": True, "compared_with": "1"}},
    )  # fmt: skip


def test_data_rules_monitoring_and_the_version_before_are_told_and_no_row_is(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.zip"
    write_evidence(world.platform, learnt_from(world), path, now=NOW)
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    data, [quality] = json.loads(found["data.json"]), json.loads(found["quality.json"])
    assert (data["known"], data["arrivals"][0]["object"]["version"]) == (True, "v1")
    assert data["snapshot"]["parts"][0]["sha256"] == "0" * 64
    assert (quality["rules"][0]["check"], quality["rules"][0]["broken"]) == ("not_null", 1)
    [window] = json.loads(found["monitoring.json"])
    assert (window["status"], window["distances"]["a"]["value"]) == ("drift", 0.3)
    assert (json.loads(found["comparison.json"])["first"], json.loads(found["record.json"])) == (
        1,
        {"code": "abc"},
    )
    assert not [name for name, text in found.items() if "secret value" in text]


def test_the_contents_name_every_file_that_answers_and_say_what_there_is_none_of(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.zip"
    made = write_evidence(world.platform, world.version, path, now=NOW)
    with zipfile.ZipFile(path) as archive:
        told = archive.read("CONTENTS.md").decode()
    assert "record.json (none)" in told
    assert "evaluation/ (1 files)" in told
    asked = {name for one in QUESTIONS for name in one.files}
    unnamed = {name for name in made.files if name not in asked and not name.startswith("evaluation/")}
    assert unnamed == {"CONTENTS.md", "card-request.json"}


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
