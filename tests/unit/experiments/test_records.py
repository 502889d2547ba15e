"""Records of runs: put together, compared, searched, drawn, exported."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import InvalidSpec, NotFound
from penstock.experiments import Runs
from penstock.experiments.collecting import collected, facts
from penstock.experiments.comparing import differences, matching, told
from penstock.experiments.costs import estimate
from penstock.experiments.mlflow import export
from penstock.experiments.plotting import page
from penstock.experiments.record import flat, read_candidate, read_record
from penstock.experiments.recording import code_hash, hardware, libraries
from penstock.stores import FolderObjects, MemoryItems


def packed(**members: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_json", ".json"))
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def test_a_job_record_is_read_from_its_output(make_candidate: Any) -> None:
    record = make_candidate()
    data = record.model_dump_json().encode()
    assert read_candidate(packed(other=b"x", run_json=data)) == record
    assert read_candidate(packed(other=b"x")) is None
    assert read_candidate(packed(deep__run_json=data)) is None


def test_a_runs_record_is_put_together_from_what_its_jobs_left(
    make_run: Any, make_candidate: Any, tmp_path: Path
) -> None:
    run, _ = make_run()
    artifacts, home = FolderObjects(tmp_path), "runs/demo/demo-1"
    planned = [{"name": "xgboost", "job": "demo-1-xgboost"}, {"name": "lost", "job": "demo-1-lost"}]
    artifacts.write(f"{home}/plan.json", json.dumps({"metric": "auc", "candidates": planned}).encode())
    archive = packed(run_json=make_candidate().model_dump_json().encode())
    artifacts.write(f"{home}/candidates/demo-1-xgboost/output/output.tar.gz", archive)
    artifacts.write(f"{home}/model/model.tar.gz", b"model")
    verdict = {"chosen": "xgboost", "passed": True}
    found = collected(artifacts, run, verdict=verdict, metrics={"auc": {"value": 0.9, "low": 0.8}, "f1": 0.5})
    assert found.metrics == {"auc": 0.9, "f1": 0.5}
    assert list(found.candidates) == ["xgboost"]
    assert found.best == make_candidate()
    assert set(found.artefacts) == {f"{home}/prepared/train.parquet", f"{home}/model/model.tar.gz"}
    assert found.cost["usd"] == pytest.approx(0.23 * 90 / 3600)
    assert read_record(found.model_dump_json().encode()) == found


def test_the_register_keeps_few_libraries_and_the_record_all(make_run: Any) -> None:
    _, record = make_run()
    assert "libraries.attrs" in flat(record)
    assert "libraries.attrs" not in facts(record)
    assert facts(record)["libraries.numpy"] == "2.4.0"


def test_facts_are_kept_with_the_run_once(make_run: Any) -> None:
    run, record = make_run()
    runs = Runs(MemoryItems())
    runs.start(run.model_copy(update={"record": {}}))
    first = runs.note("demo", run.run_id, record=facts(record))
    assert runs.note("demo", run.run_id, record=facts(record)) == first
    assert runs.runs("demo")[0].record["metrics.auc"] == 0.9
    with pytest.raises(NotFound):
        runs.note("demo", "other", record={})


def test_a_run_is_found_by_how_its_id_begins(make_run: Any) -> None:
    runs = Runs(MemoryItems())
    for number in (1, 2):
        runs.start(make_run(number)[0])
    assert runs.find("demo-2", ["demo"]).run_id == "demo-2"
    with pytest.raises(NotFound, match="Several"):
        runs.find("demo", ["demo"])
    with pytest.raises(NotFound, match="no such run"):
        runs.find("none", ["demo"])


def test_only_what_differs_is_told(make_run: Any) -> None:
    (first, _), (second, _) = make_run(1), make_run(2, auc=0.8)
    rows = differences({run.run_id: told(run) for run in (first, second)})
    named = {row["fact"]: (row["demo-1"], row["demo-2"]) for row in rows}
    assert named["metrics.auc"] == (0.9, 0.8)
    assert named["snapshot"] == ("s1", "s2")
    assert "seed" not in named
    assert "algorithm" not in named


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["metrics.auc>0.85"], ["demo-1"]),
        (["metrics.auc<=0.8"], ["demo-2"]),
        (["algorithm=XGBoost", "snapshot=s2"], ["demo-2"]),
        (["seed=7.0"], ["demo-1", "demo-2"]),
        (["passed=true", "reason~FIRST"], ["demo-1", "demo-2"]),
        (["no.such=1"], []),
        (["no.such!=1"], ["demo-1", "demo-2"]),
        (["started_at>2026-01-01T12"], ["demo-2"]),
    ],
)
def test_runs_are_found_by_their_facts(make_run: Any, conditions: list[str], expected: list[str]) -> None:
    runs = [make_run(1)[0], make_run(2, auc=0.8)[0]]
    assert [run.run_id for run in matching(runs, conditions)] == expected


def test_a_condition_that_says_nothing_is_refused(make_run: Any) -> None:
    with pytest.raises(InvalidSpec, match="cannot be read"):
        matching([make_run()[0]], ["auc"])


def test_the_page_stays_small_and_escapes_everything(make_run: Any) -> None:
    runs = [make_run(number, auc=number / 10, reason="<script>x") for number in range(1, 10)]
    wide = [run.model_copy(update={"run_id": f"r{n}-{k}", "reason": "<script>x" * (n + 1)})
            for k in range(12) for n, (run, _) in enumerate(runs)]  # fmt: skip
    found = page(wide)
    assert len(found) < 1_000_000
    assert "<script" not in found
    assert found.count("<circle") == len(wide)


def test_a_cost_is_an_estimate_or_none(make_candidate: Any) -> None:
    job = make_candidate()
    assert estimate([job, job], {"ml.m5.xlarge": 0.4})["usd"] == pytest.approx(0.4 * 180 / 3600)
    unknown = estimate([job], {})
    assert "usd" not in unknown
    assert (unknown["unpriced"], unknown["estimate"]) == (["ml.m5.xlarge"], True)


def test_the_codes_hash_follows_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "penstock"
    package.mkdir()
    (package / "__init__.py").write_text("a = 1")
    monkeypatch.setattr("penstock.experiments.recording._CODE", ("penstock",))
    monkeypatch.setattr(
        "penstock.experiments.recording.find_spec",
        lambda _: type("Spec", (), {"submodule_search_locations": [str(package)]}),
    )
    hashes = []
    for change in ("a = 1", "a = 2"):
        (package / "__init__.py").write_text(change)
        code_hash.cache_clear()
        hashes.append(code_hash())
    (package / "cached.pyc").write_bytes(b"x")
    code_hash.cache_clear()
    hashes.append(code_hash())
    code_hash.cache_clear()
    assert hashes[0] != hashes[1] == hashes[2]


def test_a_job_knows_what_it_runs_on(tmp_path: Path) -> None:
    configuration = tmp_path / "resourceconfig.json"
    configuration.write_text('{"current_instance_type": "ml.m5.large"}')
    found = hardware(configuration)
    assert found.instance == "ml.m5.large"
    assert found.cores >= 1
    assert "numpy" in libraries()


def test_a_folder_for_mlflow_is_the_same_after_a_second_export(make_run: Any, tmp_path: Path) -> None:
    run, record = make_run()
    places = [export(run, record, str(tmp_path / "mlruns")) for _ in range(2)]
    assert places[0] == places[1]
    folder = Path(places[0])
    assert (folder / "metrics" / "test.auc").read_text().split() == ["1767225900000", "0.9", "0"]
    assert (folder / "params" / "max_depth").read_text() == "3"
    assert "status: 3" in (folder / "meta.yaml").read_text()
    with pytest.raises(InvalidSpec):
        export(run, record, "sqlite:///mlflow.db")


def test_a_name_that_leads_out_of_the_folder_is_refused(
    make_run: Any, make_candidate: Any, tmp_path: Path
) -> None:
    evil = make_candidate(candidate={"name": "xgboost", "algorithm": "xgboost",
                                     "hyperparameters": {"../../../outside": 1}})  # fmt: skip
    run, record = make_run(candidates={"xgboost": evil})
    with pytest.raises(InvalidSpec, match="cannot be a file"):
        export(run, record, str(tmp_path / "mlruns"))
    assert not (tmp_path / "outside").exists()
