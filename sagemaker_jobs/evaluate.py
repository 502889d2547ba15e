"""Processing job ``evaluate``: trained candidates in, metrics, verdict, explanation and package out."""

from __future__ import annotations

from pathlib import Path

from penstock.evaluation.evaluate import evaluate_run
from penstock.evaluation.history import History
from penstock.experiments.trials import trained_archive
from sagemaker_jobs.container import inputs, load_library, outputs, read_request


def run(root: Path) -> None:
    """Run the job."""
    use_case, request = read_request(root)
    champion = request.get("champion")
    algorithms = {candidate["algorithm"] for candidate in request["candidates"]}
    # The champion's algorithm is in its archive; both boosters cost less than looking. A forest is
    # explained by LightGBM.
    for name in sorted(
        algorithms | ({"xgboost", "lightgbm"} if champion or "random_forest" in algorithms else set())
    ):
        load_library(name)
    folder = inputs(root)
    evaluation = evaluate_run(
        use_case=use_case,
        prepared=folder / "prepared",
        candidates={
            candidate["name"]: trained_archive(folder / "candidates", candidate, use_case.model.metric)
            for candidate in request["candidates"]
        },
        champion=folder / "champion" / "model.tar.gz" if champion else None,
        champion_version=str(champion["version"]) if champion else None,
        recent_arrival_id=request["recent_arrival_id"],
        history=History.model_validate(request.get("history", {})),
        output=outputs(root) / "evaluation",
        package=outputs(root) / "model" / "model.tar.gz",
    )
    print(evaluation.model_dump_json())
