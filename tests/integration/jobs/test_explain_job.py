"""The explanation job, run as SageMaker runs it, on traffic that the container has answered and captured."""

from __future__ import annotations

import asyncio
import json

import duckdb
import pyarrow.parquet as pq
import pytest

from penstock.evaluation.package import unpack
from penstock.explanations.reasoner import Reasoner
from penstock.explanations.records import read_file
from penstock.models.signing import sign_archive
from penstock.serving import Predictor, application
from penstock.serving.explaining import Explaining
from tests.integration.jobs.test_jobs import chain, link, request, run_process  # noqa: F401
from tests.unit.serving.test_app import _call

MODEL = {"use_case": "breast_cancer", "version": "1", "candidate": "trees"}


@pytest.fixture(scope="module")
def package(chain):  # noqa: F811
    return chain[0] / "evaluate/processing/output/model/model.tar.gz"


@pytest.fixture(scope="module")
def capture(chain, package, tmp_path_factory):  # noqa: F811
    """Send requests to the real application, some of them asking why, and keep them as SageMaker does."""
    folder = tmp_path_factory.mktemp("captured")
    model = unpack(package, folder / "model")
    predictor = Predictor.load(model)
    explaining = Explaining(Reasoner(predictor, model))
    app = application(predictor, model=MODEL, max_batch_rows=100, explaining=explaining)
    (folder / "2026").mkdir()
    with (folder / "2026" / "a.jsonl").open("w") as file:
        for number, row in enumerate(chain[1]):
            asked = {"explain": {"counterfactual": True, "top": 2}} if number % 10 == 0 else {}
            body = json.dumps({"instances": [row], **asked})
            answer = asyncio.run(_call(app, "POST", "/invocations", body.encode(), "application/json"))
            assert answer.status == 200, answer.text
            sides = {"endpointInput": body, "endpointOutput": answer.text}
            told = {
                "eventId": f"e{number}",
                "inferenceId": f"r{number}",
                "inferenceTime": "2026-03-01T10:00:00Z",
            }
            data = {name: {"data": text, "encoding": "JSON"} for name, text in sides.items()}
            file.write(json.dumps({"captureData": data, "eventMetadata": told}) + "\n")
    return folder / "2026"


@pytest.fixture
def run(chain, package, tmp_path, monkeypatch):  # noqa: F811
    """Run the job and return its exit code, its summary and what it has stored."""

    def explain(root, **work):
        document = {"use_case": chain[2].evaluate_request["use_case"], "version": 1, "name": "n", **work}
        document = {"digest": sign_archive(package).digest, **document}
        request(tmp_path, document)
        link(package.parent, tmp_path / "processing/input/model")
        link(root, tmp_path / "processing/input" / ("rows" if work.get("source") == "rows" else "capture"))
        code = run_process("explain", tmp_path, monkeypatch)
        told = tmp_path / "processing/output/summary/summary.json"
        files = sorted((tmp_path / "processing/output/explanations").rglob("*.parquet"))
        summary = json.loads(told.read_text()) if told.is_file() else {}
        return code, summary, [one for file in files for one in read_file(file)]

    return explain


def test_captured_requests_are_explained_and_what_was_answered_is_kept(run, capture, tmp_path):
    code, summary, rows = run(capture)
    assert code == 0
    assert (summary["rows"], summary["explained"], summary["mismatched"]) == (69, 69, 0)
    assert summary["answered"] == 7
    for one in rows:
        assert one.base_value + sum(one.shap.values()) == pytest.approx(one.output, abs=1e-6)
        assert 1 <= len(one.reasons) <= 5
    assert sum(one.counterfactual is not None for one in rows) == 7
    place = str(tmp_path / "processing/output/explanations/*/*/*.parquet")
    query = f"SELECT count(*), min(version), min(shap['worst_area']) < 0 FROM read_parquet('{place}')"
    assert duckdb.sql(query).fetchall() == [(69, 1, True)]


def test_a_seeded_share_is_explained_the_same_share_again(run, capture):
    _, summary, rows = run(capture, share=0.2)
    assert 7 < summary["explained"] < 40
    assert {one.inference_id for one in rows} >= {f"r{n}" for n in range(0, 69, 10)}


def test_single_requests_are_explained_by_their_ids(run, capture):
    _, _, rows = run(capture, inference_ids=["r3", "e5"])
    assert sorted(one.inference_id for one in rows) == ["r3", "r5"]


def test_unknown_requests_fail_the_job_with_the_reason(run, capture, tmp_path):
    assert run(capture, inference_ids=["nobody"])[0] == 1
    assert "NotFound: None of the requests" in (tmp_path / "output/message").read_text()


def test_a_package_that_is_not_the_registered_one_is_not_loaded(run, capture, tmp_path):
    assert run(capture, digest="0" * 64)[0] == 1
    assert "ChangedModel" in (tmp_path / "output/message").read_text()


def test_prepared_rows_of_a_run_are_explained(run, chain):  # noqa: F811
    prepared = chain[0] / "prepare/processing/output/prepared"
    expected = sum(pq.read_metadata(path).num_rows for path in prepared.rglob("*.parquet"))
    work = {"source": "rows", "at": "2026-03-01T00:00:00Z", "origin": "s3://artifacts/runs/x/prepared"}
    code, summary, rows = run(prepared, **work)
    assert (code, summary["explained"]) == (0, expected)
    assert rows[0].inference_id.startswith("s3://artifacts/runs/x/prepared/")
