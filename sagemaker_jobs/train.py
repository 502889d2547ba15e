"""``train``: the entry point of a training job; one candidate, as its hyper-parameters say."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from penstock.errors import InvalidSpec, NotFound
from penstock.experiments.record import FILE, CandidateRecord
from penstock.experiments.recording import code_hash, hardware, libraries
from penstock.specs import Candidate
from penstock.specs.model import Problem
from penstock.specs.tuning import Tuning
from penstock.training.artefact import IMPORTED, sha256
from penstock.training.search import tried
from sagemaker_jobs.container import load_library, root, run_job

if TYPE_CHECKING:
    from penstock.training.train import TrainingRows
    from penstock.training.tuning import Tuned

_SHARE_FOR_TRIALS = 0.7
"""Of the job's time; what remains is for the trial that runs and for the last training."""


def main() -> int:
    """Run the training job and return its exit code."""
    folder = root()
    return run_job(lambda: _run(folder), folder / "output" / "failure")


def _run(folder: Path) -> None:
    """Read the container's configuration, train, print the metrics and leave a record."""
    configuration = folder / "input" / "config"
    parameters: dict[str, str] = json.loads((configuration / "hyperparameters.json").read_text("utf-8"))
    candidate, channels = _candidate(parameters), folder / "input" / "data"
    load_library(candidate.algorithm)
    from penstock.training.imported.trial import survive
    from penstock.training.train import TrainingRows, train_rows

    clock, seed = (datetime.now(UTC), time.monotonic()), int(parameters.get("seed", "7"))
    inputs = {
        "train": _only(channels / "train", "*.parquet"),
        "validation": _only(channels / "validation", "*.parquet"),
        "preparation": _only(channels / "preparation", "*.json"),
    }
    problem = _problem(parameters.get("problem", "binary"))
    rows = TrainingRows.read(**inputs, algorithm_name=candidate.algorithm, seed=seed, problem=problem)
    rows = replace(rows, kept=folder / "checkpoints")
    tuned = _tuned(rows, candidate, parameters, folder / "checkpoints") if candidate.search else None
    chosen = tuned.candidate if tuned else candidate
    imported = channels / IMPORTED if candidate.source else None
    if imported:
        survive(inputs, candidate=candidate, problem=problem, imported=imported)
    trained = train_rows(rows, candidate=chosen, seed=seed, output=folder / "model", imported=imported)
    print(" ".join(f"validation:{name}={value:.6f};" for name, value in trained.metrics.items()))
    record = CandidateRecord(
        job=os.environ.get("TRAINING_JOB_NAME", ""),
        candidate=chosen,
        problem=problem,
        seed=seed,
        threads=trained.threads,
        code=code_hash(),
        libraries=libraries(),
        inputs={path.name: sha256(path) for path in inputs.values()},
        hardware=hardware(configuration / "resourceconfig.json"),
        started_at=clock[0].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        seconds=round(time.monotonic() - clock[1], 3),
        metrics={name: value for name, value in trained.metrics.items() if math.isfinite(value)},
        files=trained.files,
        tuned=tuned.model_dump(mode="json", exclude={"candidate"}) if tuned else None,
    )
    told = folder / "output" / "data"
    told.mkdir(parents=True, exist_ok=True)
    (told / FILE).write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _tuned(rows: TrainingRows, candidate: Candidate, parameters: dict[str, str], checkpoint: Path) -> Tuned:
    """Look for the best hyper-parameters, going on where an interrupted job was."""
    from penstock.training.tuning import tune_candidate

    longest = parameters.get("max_runtime_seconds")
    return tune_candidate(
        rows,
        candidate=candidate,
        tuning=Tuning.model_validate_json(parameters.get("tuning", "{}")),
        metric=parameters["metric"],
        seed=int(parameters.get("seed", "7")),
        threads=os.cpu_count() or 1,
        checkpoint=checkpoint,
        seconds=_SHARE_FOR_TRIALS * float(longest) if longest else None,
        tell=lambda trial: print(f"trial={trial.number} {trial.state} value={trial.value}", flush=True),
    )


def _candidate(parameters: dict[str, str]) -> Candidate:
    """Read the candidate from the hyper-parameters, with the values that a tuning job tries."""
    if "candidate" not in parameters:
        raise InvalidSpec(
            "The training job has no candidate.",
            found=", ".join(sorted(parameters)),
            expected="a hyper-parameter 'candidate' that holds JSON",
        )
    try:
        return tried(Candidate.model_validate_json(parameters["candidate"]), parameters)
    except ValueError as error:
        raise InvalidSpec("The candidate cannot be read.", found=parameters["candidate"][:200]) from error


def _problem(name: str) -> Problem:
    """Read what is learnt."""
    if name not in get_args(Problem):
        raise InvalidSpec("The problem is unknown.", found=name, expected=", ".join(get_args(Problem)))
    return cast("Problem", name)


def _only(folder: Path, pattern: str) -> Path:
    """Return the single file of a channel."""
    found = sorted(folder.rglob(pattern)) if folder.is_dir() else []
    if len(found) != 1:
        raise NotFound(
            "A channel must hold one file.",
            found=f"{len(found)} files",
            expected=pattern,
            where=f"channel {folder.name}",
        )
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
