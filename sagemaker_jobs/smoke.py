"""Processing job ``smoke``: a package answers its sample rows as it did when it was evaluated."""

from __future__ import annotations

import tempfile
from pathlib import Path

from penstock.evaluation.package import unpack
from penstock.serving.smoke import smoke_test
from penstock.training.artefact import read_card
from sagemaker_jobs.container import inputs, load_library, outputs, read_request


def run(root: Path) -> None:
    """Run the job."""
    use_case, _ = read_request(root)
    with tempfile.TemporaryDirectory() as scratch:
        folder = unpack(inputs(root) / "model" / "model.tar.gz", Path(scratch) / "model")
        load_library(read_card(folder).algorithm)
        report = smoke_test(
            folder=folder,
            samples=inputs(root) / "samples" / "samples.json",
            output=outputs(root) / "smoke" / "smoke.json",
            maximum_latency_ms=use_case.model.gates.maximum_latency_milliseconds,
        )
    print(report.model_dump_json())
