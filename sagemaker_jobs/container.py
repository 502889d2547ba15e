"""What all entry points share: the container's folders, and how a failure is told to SageMaker."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from penstock.errors import NotFound, PenstockError
from penstock.specs import UseCase, parse_use_case

_FAILURE_LENGTH = 1_024

# Threads that wait should sleep: several jobs may share the machine. Read by OpenMP when it loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def root() -> Path:
    """Return the folder that stands for ``/opt/ml``."""
    return Path(os.environ.get("PENSTOCK_ML_ROOT", "/opt/ml"))


def inputs(folder: Path) -> Path:
    """Return where SageMaker puts a processing job's inputs."""
    return folder / "processing" / "input"


def outputs(folder: Path) -> Path:
    """Return where SageMaker fetches a processing job's outputs."""
    return folder / "processing" / "output"


def read_request(folder: Path) -> tuple[UseCase, dict[str, Any]]:
    """Read a processing job's request document: the use case, and everything else."""
    path = inputs(folder) / "request" / "request.json"
    if not path.is_file():
        raise NotFound("The job has no request.", expected=str(path))
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return parse_use_case(document.pop("use_case"), where=str(path)), document


def run_job(job: Callable[[], None], message: Path) -> int:
    """Run a job; on failure write why to the file that SageMaker reads, and return the exit code.

    No job uses pandas, but pyarrow and scikit-learn load it where they find it, for most of a second.
    """
    try:
        with without("pandas"):
            job()
    except PenstockError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        _write(message, f"{type(error).__name__}: {error}")
        return 1
    except Exception as error:
        traceback.print_exc()
        _write(message, traceback.format_exception_only(error)[-1].strip())
        return 1
    return 0


class _Hidden(MetaPathFinder):
    """Answers for packages that shall seem not to be installed."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Refuse a hidden package; leave everything else to the other finders."""
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Let imports inside of the block believe that these packages are not installed.

    XGBoost and LightGBM load scikit-learn and pandas for adapters that a job never calls; that is
    two and a half of their three seconds. Packages that are loaded already stay.
    """
    finder = _Hidden(modules)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def load_library(algorithm: str) -> None:
    """Import an algorithm's library fast; an imported model may want pandas, which jobs do without."""
    if algorithm in ("xgboost", "lightgbm"):
        with without("pandas", "sklearn"):
            __import__(algorithm)
    if algorithm == "imported":
        _show("pandas")


def _show(module: str) -> None:
    """Import a package although it is hidden."""
    hidden = [finder for finder in sys.meta_path if isinstance(finder, _Hidden)]
    for finder in hidden:
        sys.meta_path.remove(finder)
    try:
        __import__(module)
    finally:
        sys.meta_path[:0] = hidden


def _write(path: Path, text: str) -> None:
    """Write as much of a failure's reason as SageMaker shows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text[:_FAILURE_LENGTH], encoding="utf-8")
