"""The entry points of jobs, run as SageMaker runs them, on the breast-cancer example."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import lightgbm  # noqa: F401 (loaded whole here, so that the jobs' lean import does not mark this process)
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import xgboost  # noqa: F401

from penstock.evaluation.package import pack
from penstock.specs import load_use_case
from penstock.training.plan import plan_run
from sagemaker_jobs import process, train
from sagemaker_jobs.container import run_job, without

REPOSITORY = Path(__file__).parents[3]
EXAMPLE = REPOSITORY / "examples" / "breast_cancer"
OVERRIDES = {
    "candidates": [{"name": "trees", "algorithm": "xgboost", "hyperparameters": {"n_estimators": 20}}]
}


def generator():
    spec = importlib.util.spec_from_file_location("breast_cancer_generate", EXAMPLE / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def request(root, document):
    folder = root / "processing" / "input" / "request"
    folder.mkdir(parents=True)
    (folder / "request.json").write_text(json.dumps(document))


def link(target, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


def run_process(job, root, monkeypatch):
    monkeypatch.setenv("PENSTOCK_ML_ROOT", str(root))
    return process.main([job])


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """Prepare, train two candidates, evaluate; return the folders."""
    base, patch = tmp_path_factory.mktemp("chain"), pytest.MonkeyPatch()
    live = generator().generate(base / "samples.csv")
    curated = base / "data" / "arrival=a1" / "part-00000.parquet"
    curated.parent.mkdir(parents=True)
    pq.write_table(pyarrow.csv.read_csv(base / "samples.csv"), curated)
    plan = plan_run(load_use_case(EXAMPLE), run_id="run-1", arrivals=["a1"], overrides=OVERRIDES)
    request(base / "prepare", plan.prepare_request)
    link(base / "data", base / "prepare/processing/input/data")
    codes = [run_process("prepare", base / "prepare", patch)]
    prepared = base / "prepare/processing/output/prepared"
    for candidate in plan.candidates:
        root = base / candidate.job
        (root / "input/config").mkdir(parents=True)
        (root / "input/config/hyperparameters.json").write_text(json.dumps(candidate.hyperparameters))
        for channel, file in {
            "train": "train.parquet",
            "validation": "validation.parquet",
            "preparation": "preparation.json",
        }.items():
            link(prepared / file, root / "input/data" / channel / file)
        patch.setenv("PENSTOCK_ML_ROOT", str(root))
        codes.append(train.main())
        pack(
            root / "model",
            base / "evaluate/processing/input/candidates" / candidate.job / "output/model.tar.gz",
        )
    request(base / "evaluate", plan.evaluate_request)
    link(prepared, base / "evaluate/processing/input/prepared")
    codes.append(run_process("evaluate", base / "evaluate", patch))
    patch.undo()
    assert codes == [0, 0, 0, 0]
    return base, live, plan


def test_the_chain_yields_a_model_that_passes_its_gates(chain):
    base, _, _ = chain
    verdict = json.loads((base / "evaluate/processing/output/evaluation/verdict.json").read_text())
    assert verdict["passed"], verdict
    assert verdict["chosen"] == "trees"


def test_the_package_passes_its_smoke_test(chain, tmp_path, monkeypatch):
    base, _, plan = chain
    request(tmp_path, {"use_case": plan.evaluate_request["use_case"], "version": "1"})
    link(base / "evaluate/processing/output/model", tmp_path / "processing/input/model")
    link(base / "evaluate/processing/output/evaluation", tmp_path / "processing/input/samples")
    assert run_process("smoke", tmp_path, monkeypatch) == 0
    assert json.loads((tmp_path / "processing/output/smoke/smoke.json").read_text())["passed"]


def test_captured_traffic_is_monitored(chain, tmp_path, monkeypatch):
    base, live, plan = chain
    request(
        tmp_path,
        {
            "use_case": plan.evaluate_request["use_case"],
            "version": "1",
            "endpoint": "e",
            "window_start": None,
            "window_end": None,
        },
    )
    link(base / "evaluate/processing/output/evaluation", tmp_path / "processing/input/baseline")
    capture = tmp_path / "processing/input/capture"
    capture.mkdir()
    sent = {"data": json.dumps({"instances": live * 4}), "encoding": "JSON"}
    (capture / "c.jsonl").write_text(json.dumps({"captureData": {"endpointInput": sent}}) + "\n")
    assert run_process("monitor", tmp_path, monkeypatch) == 0
    summary = json.loads((tmp_path / "processing/output/monitoring/summary.json").read_text())
    assert (summary["status"], summary["rows"]) == ("completed", 4 * 69)


def test_a_refusal_is_told_to_sagemaker(chain, tmp_path, monkeypatch):
    _, _, plan = chain
    request(tmp_path, plan.prepare_request)
    (tmp_path / "processing/input/data").mkdir()
    assert run_process("prepare", tmp_path, monkeypatch) == 1
    assert (
        (tmp_path / "output/message")
        .read_text()
        .startswith("TrainingRefused: There is nothing to learn from.")
    )


def test_a_training_job_without_a_candidate_says_so(tmp_path, monkeypatch):
    (tmp_path / "input/config").mkdir(parents=True)
    (tmp_path / "input/config/hyperparameters.json").write_text("{}")
    monkeypatch.setenv("PENSTOCK_ML_ROOT", str(tmp_path))
    assert train.main() == 1
    assert (
        (tmp_path / "output/failure")
        .read_text()
        .startswith("InvalidSpec: The training job has no candidate.")
    )


@pytest.mark.parametrize("arguments", [[], ["dance"], ["prepare", "evaluate"]])
def test_an_unknown_job_is_refused(arguments, tmp_path, monkeypatch):
    monkeypatch.setenv("PENSTOCK_ML_ROOT", str(tmp_path))
    assert process.main(arguments) == 1
    assert "NotFound: There is no such job." in (tmp_path / "output/message").read_text()


def test_an_unexpected_failure_leaves_its_last_line(tmp_path, capsys):
    assert run_job(lambda: print(1 / 0), tmp_path / "out" / "message") == 1
    assert (tmp_path / "out/message").read_text() == "ZeroDivisionError: division by zero"
    assert "Traceback" in capsys.readouterr().err


def test_modules_are_hidden_only_inside_of_the_block():
    with without("wave"), pytest.raises(ImportError):
        import wave
    import wave

    assert wave.WAVE_FORMAT_PCM == 1


def test_serve_answers_and_stops_when_asked(chain):
    base, live, _ = chain
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "PENSTOCK_ML_ROOT": str(base / "run-1-trees"),
        "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "PENSTOCK_USE_CASE": "breast_cancer",
        "PENSTOCK_VERSION": "1",
    }
    server = subprocess.Popen([sys.executable, "-m", "sagemaker_jobs.serve"], env=environment)
    try:
        connection = connect(port)
        connection.request(
            "POST", "/invocations", json.dumps({"instances": live[:3]}), {"content-type": "application/json"}
        )
        answer = json.loads(connection.getresponse().read())
        connection.close()
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(10)
    assert answer["model"] == {"use_case": "breast_cancer", "version": "1", "candidate": "trees"}
    assert len(answer["predictions"]) == 3
    assert code == 0


def connect(port, *, tries=300):
    for _ in range(tries):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/ping")
            if connection.getresponse().read():
                return connection
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not become healthy")


def test_serve_without_a_model_fails_with_the_reason(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PENSTOCK_ML_ROOT": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "sagemaker_jobs.serve"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "BrokenModel: The folder holds no model." in done.stderr
