"""The examples of each problem: from the file that lands to an evaluated model that answers."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from penstock.evaluation import evaluate_run
from penstock.evaluation.package import pack, unpack
from penstock.onboarding import onboard_file
from penstock.serving.predictor import Predictor
from penstock.specs import load_use_case
from penstock.training import prepare, train_candidate

CASES = {
    "wine_cultivars": ("multiclass_classification_metrics", "macro_f1", "wine_id"),
    "diabetes_progression": ("regression_metrics", "rmse", "patient_id"),
    "flower_groups": ("clustering_metrics", "silhouette", "flower_id"),
}


@pytest.fixture(scope="module", params=sorted(CASES))
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    use_case = load_use_case(Path("examples") / name)
    live = import_module(f"examples.{name}.generate").generate(folder / "file.csv")
    arrived = folder / "arrived" / "arrival=a1"
    onboard_file(contract=use_case.datasets[0], file=folder / "file.csv", output=arrived, arrival_id="a1")
    curated = folder / "data" / "arrival=a1"
    curated.parent.mkdir()
    (arrived / "curated").rename(curated)
    prepared = folder / "prepared"
    prepare(use_case=use_case, data=folder / "data", features=folder / "none", output=prepared,
            recent_arrival_id="a1")  # fmt: skip
    archives = {}
    for candidate in (use_case.model.baseline, *use_case.model.candidates):
        train_candidate(
            train=prepared / "train.parquet", validation=prepared / "validation.parquet",
            preparation=prepared / "preparation.json", candidate=candidate, seed=7,
            output=folder / candidate.name, problem=use_case.model.problem, threads=1,
        )  # fmt: skip
        archives[candidate.name] = folder / f"{candidate.name}.tar.gz"
        pack(folder / candidate.name, archives[candidate.name])
    found = evaluate_run(
        use_case=use_case, prepared=prepared, candidates=archives, champion=None, champion_version=None,
        recent_arrival_id="a1", output=folder / "evaluation", package=folder / "model.tar.gz",
    )  # fmt: skip
    return {"name": name, "folder": folder, "use_case": use_case, "found": found, "live": live,
            "prepared": prepared, "archives": archives}  # fmt: skip


def document(run: dict[str, Any], name: str) -> dict[str, Any]:
    return json.loads((run["folder"] / "evaluation" / f"{name}.json").read_text())


def test_the_model_passes_its_gates(run: dict[str, Any]) -> None:
    assert run["found"].verdict.passed, run["found"].verdict.checks
    assert run["found"].chosen != "baseline"


def test_the_evaluation_has_sagemakers_shape(run: dict[str, Any]) -> None:
    group, metric, _ = CASES[run["name"]]
    (found,) = document(run, "evaluation").items()
    assert found[0] == group
    assert set(found[1][metric]) == {"value", "standard_deviation"}
    assert found[1][metric]["value"] == pytest.approx(run["found"].metrics[metric])


def test_the_package_answers_live_rows_as_the_samples_say(run: dict[str, Any]) -> None:
    predictor = Predictor.load(unpack(run["folder"] / "model.tar.gz", run["folder"] / "unpacked"))
    samples = document(run, "samples")
    again = [answer.document() for answer in predictor.predict(samples["instances"])]
    assert again == samples["predictions"]
    problem = run["use_case"].model.problem
    for answer in (one.document() for one in predictor.predict(run["live"])):
        assert set(answer) == {"multiclass": {"score", "label", "scores"}, "regression": {"score"},
                               "clustering": {"score", "label"}}[problem]  # fmt: skip


def test_the_explanation_names_the_columns(run: dict[str, Any]) -> None:
    found = document(run, "explanation")
    assert set(found["global_shap"]) == set(run["use_case"].model.features)
    assert max(found["global_shap"].values()) > 0


def test_a_champion_is_compared_on_the_same_rows(run: dict[str, Any], tmp_path: Path) -> None:
    again = evaluate_run(
        use_case=run["use_case"], prepared=run["prepared"], candidates=run["archives"],
        champion=run["folder"] / "model.tar.gz", champion_version="1", recent_arrival_id="a1",
        output=tmp_path / "evaluation", package=tmp_path / "model.tar.gz",
    )  # fmt: skip
    (check,) = [one for one in again.verdict.checks if one.check == "not_worse_than_champion"]
    assert (check.passed, check.value) == (True, 0.0)
