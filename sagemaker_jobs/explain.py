"""Processing job ``explain``: a model and captured requests or rows in, explanations for the lake out."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from penstock.evaluation.package import unpack
from penstock.explanations.batch import Batch, BatchSummary
from penstock.explanations.drift import violations
from penstock.explanations.masking import masked_columns
from penstock.explanations.reasoner import Reasoner
from penstock.explanations.tables import read_rows
from penstock.explanations.work import Work
from penstock.models.signing import verify_folder
from penstock.serving.predictor import Predictor
from penstock.training.artefact import read_card
from sagemaker_jobs.container import inputs, load_library, outputs, read_request


def run(root: Path) -> None:
    """Run the job."""
    use_case, request = read_request(root)
    work = Work.model_validate(request)
    with tempfile.TemporaryDirectory() as scratch:
        folder = unpack(inputs(root) / "model" / "model.tar.gz", Path(scratch) / "model")
        verify_folder(folder, work.digest)
        load_library(read_card(folder).algorithm)
        reasoner = Reasoner(Predictor.load(folder), folder)
        summary = _explain(Batch(work, reasoner, masked_columns(use_case)), root)
    _write(outputs(root) / "summary", summary)
    print(summary.model_dump_json(exclude={"corrupt_examples"}))


def _write(folder: Path, summary: BatchSummary) -> None:
    """Write what was done, and what was found as a feature attribution monitor of SageMaker would."""
    folder.mkdir(parents=True, exist_ok=True)
    found = violations(summary.ndcg if summary.drifted else None)
    (folder / "summary.json").write_text(summary.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (folder / "constraint_violations.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


def _explain(batch: Batch, root: Path) -> BatchSummary:
    """Explain what the work names."""
    output = outputs(root) / "explanations"
    output.mkdir(parents=True, exist_ok=True)
    if batch.work.source == "captured":
        return batch.captured(inputs(root) / "capture", output)
    columns = batch.reasoner.predictor.card.columns
    return batch.rows(read_rows(inputs(root) / "rows", columns), output)
