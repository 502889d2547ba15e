"""Processing job ``monitor``: captured traffic and a baseline in, statistics and violations out."""

from __future__ import annotations

from pathlib import Path

from penstock.monitoring.window import monitor
from sagemaker_jobs.container import inputs, outputs, read_request


def run(root: Path) -> None:
    """Run the job."""
    use_case, request = read_request(root)
    summary = monitor(
        capture=inputs(root) / "capture",
        baseline=inputs(root) / "baseline",
        output=outputs(root) / "monitoring",
        spec=use_case.monitoring,
        endpoint=request["endpoint"],
        version=str(request["version"]),
        window_start=request.get("window_start"),
        window_end=request.get("window_end"),
    )
    print(summary.model_dump_json())
