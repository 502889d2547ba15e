"""Processing job ``prepare``: curated rows and features in, training data and preparation out."""

from __future__ import annotations

from pathlib import Path

from penstock.training.preparing import prepare
from sagemaker_jobs.container import inputs, outputs, read_request


def run(root: Path) -> None:
    """Run the job."""
    use_case, request = read_request(root)
    prepared = prepare(
        use_case=use_case,
        data=inputs(root) / "data",
        features=inputs(root) / "features",
        output=outputs(root) / "prepared",
        recent_arrival_id=request["recent_arrival_id"],
        train_rows=request.get("train_rows"),
    )
    print(prepared.model_dump_json())
