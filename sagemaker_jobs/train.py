"""``train``: the entry point of a training job; one candidate, as its hyper-parameters say."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import cast, get_args

from penstock.errors import InvalidSpec, NotFound
from penstock.specs import Candidate
from penstock.specs.model import Problem
from sagemaker_jobs.container import load_library, root, run_job


def main() -> int:
    """Run the training job and return its exit code."""
    folder = root()
    return run_job(lambda: _run(folder), folder / "output" / "failure")


def _run(folder: Path) -> None:
    """Read the container's configuration, train, print the metrics."""
    configuration = folder / "input" / "config" / "hyperparameters.json"
    parameters: dict[str, str] = json.loads(configuration.read_text(encoding="utf-8"))
    candidate, channels = _candidate(parameters), folder / "input" / "data"
    load_library(candidate.algorithm)
    from penstock.training.train import train_candidate

    trained = train_candidate(
        train=_only(channels / "train", "*.parquet"),
        validation=_only(channels / "validation", "*.parquet"),
        preparation=_only(channels / "preparation", "*.json"),
        candidate=candidate,
        seed=int(parameters.get("seed", "7")),
        problem=_problem(parameters.get("problem", "binary")),
        output=folder / "model",
    )
    print(" ".join(f"validation:{name}={value:.6f};" for name, value in trained.metrics.items()))


def _candidate(parameters: dict[str, str]) -> Candidate:
    """Read the candidate from the hyper-parameters."""
    if "candidate" not in parameters:
        raise InvalidSpec(
            "The training job has no candidate.",
            found=", ".join(sorted(parameters)),
            expected="a hyper-parameter 'candidate' that holds JSON",
        )
    try:
        return Candidate.model_validate_json(parameters["candidate"])
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
