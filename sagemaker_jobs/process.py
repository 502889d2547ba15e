"""``process <job>``: the entry point of all processing jobs; loads only the job that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from penstock.errors import NotFound
from sagemaker_jobs.container import root, run_job

JOBS = ("onboard", "features", "prepare", "evaluate", "smoke", "monitor", "explain")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one processing job and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    folder = root()
    return run_job(lambda: _run(arguments, folder), folder / "output" / "message")


def _run(arguments: list[str], folder: Path) -> None:
    """Import a job's module and run it."""
    if len(arguments) != 1 or arguments[0] not in JOBS:
        raise NotFound(
            "There is no such job.",
            found=" ".join(arguments) or "nothing",
            expected=", ".join(JOBS),
            action="Call: process <job>",
        )
    import_module(f"sagemaker_jobs.{arguments[0]}").run(folder)


if __name__ == "__main__":
    sys.exit(main())
