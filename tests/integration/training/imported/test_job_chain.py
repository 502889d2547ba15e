"""A pipeline of scikit-learn, from its skops file through the jobs' entry points to a server that answers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import skops.io
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from penstock.cli.importing import candidate_of
from penstock.evaluation.package import pack, unpack
from penstock.platform.jobs import JobSettings
from penstock.specs import load_use_case
from penstock.specs.tuning import Tuning
from penstock.training.plan import RunPlan, plan_run
from penstock.training.search import training_request
from tests.integration.jobs.test_jobs import connect

REPOSITORY = Path(__file__).parents[4]
CHANNELS = {"train": "train.parquet", "validation": "validation.parquet", "preparation": "preparation.json"}


class Chain:
    def __init__(self, base: Path) -> None:
        self.base = base
        self.live = import_module("examples.breast_cancer.generate").generate(base / "samples.csv")
        curated = base / "data" / "arrival=a1" / "part-00000.parquet"
        curated.parent.mkdir(parents=True)
        pq.write_table(pyarrow.csv.read_csv(base / "samples.csv"), curated)
        self.use_case = load_use_case(REPOSITORY / "examples" / "breast_cancer")

    def run(self, module: str, root: Path, *arguments: str) -> str:
        environment = {**os.environ, "PENSTOCK_ML_ROOT": str(root), "PYTHONPATH": str(REPOSITORY)}
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prepare(self, plan: RunPlan) -> Path:
        root = self.base / "prepare"
        self.request(root, plan.prepare_request)
        link(self.base / "data", root / "processing/input/data")
        self.run("sagemaker_jobs.process", root, "prepare")
        return root / "processing/output/prepared"

    def request(self, root: Path, document: Any) -> None:
        folder = root / "processing/input/request"
        folder.mkdir(parents=True)
        (folder / "request.json").write_text(json.dumps(document))

    def train(self, job: str, parameters: dict[str, str], prepared: Path, imported: Path | None) -> Path:
        root = self.base / job
        (root / "input/config").mkdir(parents=True)
        (root / "input/config/hyperparameters.json").write_text(json.dumps(parameters))
        for channel, file in CHANNELS.items():
            link(prepared / file, root / "input/data" / channel / file)
        if imported:
            link(imported, root / "input/data/imported" / imported.name)
        self.run("sagemaker_jobs.train", root)
        return root / "model"

    def served(self, model: Path) -> Any:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            **os.environ, "PYTHONPATH": str(REPOSITORY), "PENSTOCK_ML_ROOT": str(model.parent),
            "SAGEMAKER_BIND_TO_HOST": "127.0.0.1", "SAGEMAKER_BIND_TO_PORT": str(port),
        }  # fmt: skip
        server = subprocess.Popen([sys.executable, "-m", "sagemaker_jobs.serve"], env=environment)
        try:
            connection = connect(port, tries=2_400)
            body = json.dumps({"instances": self.live[:9]})
            connection.request("POST", "/invocations", body, {"content-type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


def link(target: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


@pytest.mark.slow
def test_a_pipeline_is_brought_in_evaluated_and_served(tmp_path: Path) -> None:
    chain = Chain(tmp_path)
    features = list(chain.use_case.model.features)
    seen = pd.read_csv(tmp_path / "samples.csv")
    target = chain.use_case.model.target
    assert target is not None
    theirs = make_pipeline(StandardScaler(), RandomForestClassifier(30, random_state=1))
    theirs.fit(seen[features], seen[target.column])
    skops.io.dump(theirs, tmp_path / "their forest.skops")
    candidate = candidate_of(tmp_path / "their forest.skops")
    plan = plan_run(chain.use_case, run_id="run-1", arrivals=["a1"],
                    overrides={"candidates": [candidate.model_dump(mode="json")]})  # fmt: skip
    requests = [
        training_request(JobSettings(image="i", role="r", key="k"), plan, one, tuning=Tuning(),
                         root="s3://b/runs/x/run-1", imports="s3://b")
        for one in plan.candidates
    ]  # fmt: skip
    assert [one.get("EnableNetworkIsolation") for one in requests] == [None, True]
    assert requests[1]["InputDataConfig"][-1]["DataSource"]["S3DataSource"]["S3Uri"] == (
        f"s3://b/imports/breast_cancer/{candidate.source.sha256}/their_forest.skops"
    )

    prepared = chain.prepare(plan)
    for one, request in zip(plan.candidates, requests, strict=True):
        file = tmp_path / "their forest.skops" if one.imported else None
        model = chain.train(one.job, request["HyperParameters"], prepared, file)
        pack(model, tmp_path / "evaluate/processing/input/candidates" / one.job / "output/model.tar.gz")
    chain.request(tmp_path / "evaluate", plan.evaluate_request)
    link(prepared, tmp_path / "evaluate/processing/input/prepared")
    chain.run("sagemaker_jobs.process", tmp_path / "evaluate", "evaluate")

    outputs = tmp_path / "evaluate/processing/output"
    verdict = json.loads((outputs / "evaluation/verdict.json").read_text())
    explanation = json.loads((outputs / "evaluation/explanation.json").read_text())
    assert (verdict["chosen"], verdict["passed"]) == ("their_forest", True), verdict
    assert set(explanation["global_shap"]) == set(features)
    served = chain.served(unpack(outputs / "model/model.tar.gz", tmp_path / "ml" / "model"))
    expected = theirs.predict_proba(pd.DataFrame(chain.live[:9])[features])[:, 1]
    np.testing.assert_allclose([one["score"] for one in served["predictions"]], expected, atol=1e-9)
