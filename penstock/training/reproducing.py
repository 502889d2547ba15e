"""Training a recorded candidate again, and proving that the model is the same to the byte."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import NotFound, NotPermitted
from penstock.experiments.recording import code_hash, hardware, libraries
from penstock.training.artefact import ModelCard, read_card, sha256
from penstock.training.train import train_candidate

if TYPE_CHECKING:
    from penstock.experiments.record import CandidateRecord
    from penstock.experiments.runs import Run
    from penstock.stores import ObjectStore

_INPUTS = ("train.parquet", "validation.parquet", "preparation.json")


class Reproduction(BaseModel):
    """Whether a model could be made again, and what differs if not."""

    model_config = ConfigDict(frozen=True)

    candidate: str
    identical: bool
    files: dict[str, bool]
    """Of each file of the model, whether its SHA-256 is the recorded one."""
    changed_inputs: tuple[str, ...] = ()
    """Inputs that are no longer those that were learnt from."""
    differences: tuple[str, ...] = ()
    """What is not as it was: libraries, code, hardware. Differences do no harm to an identical model."""


def reproduce(
    *,
    prepared: Path,
    model: Path,
    record: CandidateRecord | None = None,
    output: Path | None = None,
    imported: Path | None = None,
) -> Reproduction:
    """Train a model again from what it was trained from, and compare every file.

    Parameters
    ----------
    prepared
        Folder with the run's ``train.parquet``, ``validation.parquet`` and ``preparation.json``.
    model
        The unpacked model; its card names candidate, seed, threads and the hash of every file.
    record
        What the training job said of itself: inputs, libraries, code and hardware are compared.
    output
        Keeps the new model; a temporary folder when not given.
    imported
        The file of a model that was brought in.

    Raises
    ------
    NotFound
        A part of the run is missing.
    BrokenModel
        The model's files are not those that its card names.
    """
    card = read_card(model)
    for name in _INPUTS:
        if not (prepared / name).is_file():
            raise NotFound("The run's prepared data is incomplete.", expected=name, where=str(prepared))
    changed = _changed_inputs(prepared, record)
    with tempfile.TemporaryDirectory() as scratch:
        again = train_candidate(
            train=prepared / "train.parquet",
            validation=prepared / "validation.parquet",
            preparation=prepared / "preparation.json",
            candidate=card.candidate,
            seed=card.seed,
            output=output or Path(scratch) / "model",
            problem=card.problem,
            threads=card.threads,
            imported=imported,
        )
    names = sorted({*card.files, *again.files})
    files = {name: card.files.get(name) == again.files.get(name) for name in names}
    return Reproduction(
        candidate=card.candidate.name,
        identical=all(files.values()) and not changed,
        files=files,
        changed_inputs=changed,
        differences=tuple(_differences(card, record)),
    )


def reproduce_run(
    artifacts: ObjectStore, run: Run, *, folder: Path, candidate: str | None = None
) -> Reproduction:
    """Fetch what a run's candidate was trained from, and train it again.

    Parameters
    ----------
    folder
        Receives what is fetched.
    candidate
        Its name; the chosen one when not given.
    """
    from penstock.evaluation.package import unpack
    from penstock.experiments.record import read_candidate

    home = f"runs/{run.use_case}/{run.run_id}"
    plan: dict[str, Any] = json.loads(artifacts.read(f"{home}/plan.json"))
    jobs = {one["name"]: one["job"] for one in plan["candidates"]}
    name = candidate or str(run.record.get("chosen") or run.summary.get("candidate") or "")
    if name not in jobs:
        raise NotFound("The run has no such candidate.", found=name, expected=", ".join(jobs))
    prepared = folder / "prepared"
    prepared.mkdir(parents=True, exist_ok=True)
    for file in _INPUTS:
        artifacts.download(f"{home}/prepared/{file}", prepared / file)
    output = f"{home}/candidates/{jobs[name]}/output"
    artifacts.download(f"{output}/model.tar.gz", folder / "model.tar.gz")
    model = unpack(folder / "model.tar.gz", folder / "model")
    try:
        record = read_candidate(artifacts.read(f"{output}/output.tar.gz"))
    except NotFound:
        record = None
    source, imported = read_card(model).candidate.source, None
    if source is not None and source.format == "pickle":
        raise NotPermitted(
            "A pickle is read in its job alone, which has no network.",
            found=source.file,
            action="The run's package has the model as a skops file: bring that in to compare.",
        )
    if source is not None:
        imported = folder / source.file
        artifacts.download(source.key(run.use_case), imported)
    return reproduce(prepared=prepared, model=model, record=record, imported=imported)


def _changed_inputs(prepared: Path, record: CandidateRecord | None) -> tuple[str, ...]:
    """Return the inputs whose hash is not the recorded one."""
    known = record.inputs if record else {}
    return tuple(name for name in _INPUTS if name in known and sha256(prepared / name) != known[name])


def _differences(card: ModelCard, record: CandidateRecord | None) -> list[str]:
    """Say what is not as it was when the model was made."""
    here = libraries()
    told = record.libraries if record else {}
    were = {name: told.get(name, version) for name, version in card.libraries.items()}
    found = [
        f"{name} {old} then, {here.get(name) or 'not installed'} here"
        for name, old in sorted(were.items())
        if old != here.get(name)
    ]
    if record is None:
        return [*found, "the training job left no record: code and hardware are unknown"]
    if record.code != code_hash():
        found.append(f"code {record.code[:12]} then, {code_hash()[:12]} here")
    now = hardware()
    if record.hardware.processor != now.processor:
        then = record.hardware.processor or "unknown"
        found.append(f"processor {then} then, {now.processor or 'unknown'} here")
    if record.hardware.cores != now.cores:
        both = f"{card.threads} threads both times"
        found.append(f"{record.hardware.cores} cores then, {now.cores} here ({both})")
    return found
