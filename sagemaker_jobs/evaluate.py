"""Processing job ``evaluate``: trained candidates in, metrics, verdict, explanation and package out."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from penstock.evaluation.ageing import EarlierVersion, with_earlier
from penstock.evaluation.evaluate import evaluate_run
from penstock.evaluation.history import History
from penstock.experiments.trials import trained_archive
from penstock.training.artefact import BrokenModel, packed_card
from sagemaker_jobs.container import inputs, load_library, outputs, read_request


def run(root: Path) -> None:
    """Run the job."""
    use_case, request = read_request(root)
    champion = request.get("champion")
    folder = inputs(root)
    algorithms = {candidate["algorithm"] for candidate in request["candidates"]}
    earlier = {
        one.version: (one, folder / ("champion" if one.serves else f"earlier-{one.version}") / "model.tar.gz")
        for one in map(EarlierVersion.model_validate, request.get("earlier", ()))
    }
    archives = {version: archive for version, (_, archive) in earlier.items()}
    served = [folder / "champion" / "model.tar.gz"] if champion else []
    for archive in {*served, *archives.values()}:
        with suppress(BrokenModel):  # told when it is measured
            algorithms.add(packed_card(archive).algorithm)
    # A forest is explained by LightGBM.
    for name in sorted(algorithms | ({"lightgbm"} if "random_forest" in algorithms else set())):
        load_library(name)
    history = with_earlier(
        History.model_validate(request.get("history", {})),
        [one for one, _ in earlier.values()],
        archives=archives,
        use_case=use_case,
        prepared=folder / "prepared",
        recent_arrival_id=request["recent_arrival_id"],
    )
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
        history=history,
        output=outputs(root) / "evaluation",
        package=outputs(root) / "model" / "model.tar.gz",
    )
    print(evaluation.model_dump_json())
