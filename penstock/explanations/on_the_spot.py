"""Explaining a captured request here and now, for those who may read captures and models."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from penstock.errors import NotPermitted
from penstock.explanations.batch import Batch
from penstock.explanations.masking import masked_columns
from penstock.explanations.reasoner import Reasoner
from penstock.explanations.records import StoredExplanation, read_file
from penstock.explanations.work import Work
from penstock.governance.predictions import find_prediction, trace
from penstock.models import ModelRepository

if TYPE_CHECKING:
    from penstock.explanations.asking import Ask
    from penstock.governance.predictions import Prediction
    from penstock.models import ModelVersion
    from penstock.platform import Platform

_DENIED = {"AccessDenied", "AccessDeniedException", "403"}


def explain_captured(
    platform: Platform, use_case: str, inference_id: str, ask: Ask, *, day: str = ""
) -> list[StoredExplanation]:
    """Explain the rows of a captured request with the version that answered it; nothing is stored.

    Parameters
    ----------
    ask
        How they are explained, unless the endpoint has explained them when it answered.
    day
        ``yyyy-mm-dd``, where it is known.

    Raises
    ------
    NotFound
        No capture has the id.
    NotPermitted
        The session may not read captures or models.
    ChangedModel
        The version's package is not the one that was registered.
    """
    try:
        found = find_prediction(platform.artifacts, use_case, inference_id, day=day)
        line = platform.artifacts.read(found.capture_key).splitlines()[found.line - 1]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _DENIED:
            raise
        raise NotPermitted(
            "No explanation of this request is stored, and you may not read what was captured.",
            found=inference_id,
            expected="a role that reviews models, such as approver or owner",
            action="Have the request explained and stored by the platform: add --batch.",
        ) from error
    version = _version(platform, use_case, found, day)
    work = Work(version=version.version, name="one", inference_ids=(inference_id,), ask=ask)
    with tempfile.TemporaryDirectory() as scratch:
        return _explained(platform, version, work, line, Path(scratch))


def _version(platform: Platform, use_case: str, found: Prediction, day: str) -> ModelVersion:
    """Return the version that answered; where the answer does not say, by the time of it."""
    from penstock.catalog import Catalog

    models, number = ModelRepository(platform.items("models")), found.version
    if number is None:
        catalog = Catalog(platform.items("catalog"))
        traced = trace(catalog, models, platform.artifacts, use_case, found.inference_id, day=day)
        number = traced.prediction.version or 0
    return models.version(use_case, number)


def _explained(
    platform: Platform, version: ModelVersion, work: Work, line: bytes, scratch: Path
) -> list[StoredExplanation]:
    """Explain one line as a batch does."""
    from penstock.catalog import Catalog

    capture = scratch / "capture"
    capture.mkdir()
    (capture / "line.jsonl").write_bytes(line + b"\n")
    use_case = Catalog(platform.items("catalog")).use_case(version.use_case)
    batch = Batch(work, _reasoner(platform, version, scratch), masked_columns(use_case), say=_quiet)
    batch.captured(capture, scratch / "found")
    return [one for path in sorted((scratch / "found").rglob("*.parquet")) for one in read_file(path)]


def _reasoner(platform: Platform, version: ModelVersion, scratch: Path) -> Reasoner:
    """Fetch and verify a version's package."""
    from penstock.evaluation.package import unpack
    from penstock.models.signing import verify_folder, verify_package
    from penstock.serving.predictor import Predictor
    from penstock.training.artefact import read_card

    digest = verify_package(platform.artifacts, version).digest
    archive = scratch / "model.tar.gz"
    platform.artifacts.download(version.model_key, archive)
    folder = unpack(archive, scratch / "model")
    verify_folder(folder, digest)
    if read_card(folder).algorithm == "imported":
        raise NotPermitted(
            "An imported model is loaded in jobs and endpoints alone.",
            found=f"version {version.version} of {version.use_case}",
            action="Have the request explained and stored by the platform: add --batch.",
        )
    return Reasoner(Predictor.load(folder), folder)


def _quiet(_: str) -> None:
    """Tell nothing of the progress of one request."""
