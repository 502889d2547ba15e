"""The whole import in a process of its own first: a damaged file may end the process that reads it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.specs import Candidate
    from penstock.specs.model import Problem

_REFUSED = 3


def survive(inputs: Mapping[str, Path], *, candidate: Candidate, problem: Problem, imported: Path) -> None:
    """Import in another process, and refuse a file that ends it; other errors are told by the import itself.

    Parameters
    ----------
    inputs
        ``train``, ``validation`` and ``preparation``: the run's files.
    imported
        The model's file, or the folder that holds it alone.

    Raises
    ------
    ModelRefused
        A library crashed.
    """
    request = {
        **{name: str(path) for name, path in inputs.items()},
        "candidate": candidate.model_dump(mode="json"),
        "problem": problem,
        "imported": str(imported),
    }
    command = [sys.executable, "-m", __name__, json.dumps(request)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603
    if ended.returncode < 0:
        raise ModelRefused(
            "The file ends the process of the library that reads it: it is damaged.",
            found=signal.Signals(-ended.returncode).name,
            where=candidate.source.file if candidate.source else "",
            action="Export the model again.",
        )


def main(document: str) -> int:
    """Import once and throw the result away; return how it went."""
    from penstock.specs import Candidate
    from penstock.training.train import train_candidate

    told = json.loads(document)
    train, validation, preparation, imported = (
        Path(told[name]) for name in ("train", "validation", "preparation", "imported")
    )
    with tempfile.TemporaryDirectory() as scratch:
        try:
            train_candidate(
                train=train,
                validation=validation,
                preparation=preparation,
                imported=imported,
                candidate=Candidate.model_validate(told["candidate"]),
                seed=0,
                output=Path(scratch) / "model",
                problem=told["problem"],
            )
        except Exception:
            return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
