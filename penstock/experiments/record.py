"""What is kept of a run, so that it can be compared, searched and repeated: one document a run."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from penstock.specs import Candidate

FILE = "run.json"
"""Its name, in a job's output data and beside the model."""


class Hardware(BaseModel):
    """What a job ran on."""

    model_config = ConfigDict(frozen=True)

    instance: str = ""
    """As SageMaker names it; empty elsewhere."""
    processor: str = ""
    cores: int = 0
    memory_gigabytes: float = 0.0


class CandidateRecord(BaseModel):
    """What a training job says of itself."""

    model_config = ConfigDict(frozen=True)

    format: Literal["penstock-candidate-run/1"] = "penstock-candidate-run/1"
    job: str
    candidate: Candidate
    """As it was trained, with the hyper-parameters that a search found."""
    problem: str
    seed: int
    threads: int
    code: str
    """SHA-256 over the files of the package."""
    libraries: dict[str, str]
    """Versions of everything that is installed."""
    inputs: dict[str, str]
    """SHA-256 of what was learnt from."""
    hardware: Hardware
    started_at: str
    seconds: float
    metrics: dict[str, float]
    files: dict[str, str]
    """SHA-256 of the model's files."""
    tuned: dict[str, Any] | None = None
    """The search: its metric, its trials and which was best."""


class RunRecord(BaseModel):
    """One run, from the data to the chosen model."""

    model_config = ConfigDict(frozen=True)

    format: Literal["penstock-run/1"] = "penstock-run/1"
    run_id: str
    use_case: str
    specification: str
    """SHA-256 of the use case's specification."""
    snapshot: str
    features: dict[str, str] = {}
    """Snapshot of each feature view."""
    arrivals: tuple[str, ...] = ()
    requested_by: str = ""
    reason: str = ""
    metric: str
    chosen: str
    passed: bool
    candidates: dict[str, CandidateRecord] = {}
    metrics: dict[str, float] = {}
    """Of the chosen model on the test rows."""
    artefacts: dict[str, str] = {}
    """Key and SHA-256 of what the run left."""
    logs: dict[str, str] = {}
    """Log group of each job."""
    cost: dict[str, Any] = {}
    """An estimate: see :func:`penstock.experiments.costs.estimate`."""

    @property
    def best(self) -> CandidateRecord | None:
        """What the chosen model's job says of itself, if it left a record."""
        return self.candidates.get(self.chosen)

    @property
    def seconds(self) -> float:
        """Time of all training jobs together."""
        return sum(one.seconds for one in self.candidates.values())


def read_candidate(archive: bytes) -> CandidateRecord | None:
    """Read a training job's record from its ``output.tar.gz``, or None where it left none.

    Only the one member is read, into memory: a name that leads elsewhere cannot do harm.
    """
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        for member in packed:
            if member.isfile() and member.name.removeprefix("./") == FILE:
                file = packed.extractfile(member)
                return CandidateRecord.model_validate_json(file.read()) if file else None
    return None


def flat(record: RunRecord) -> dict[str, Any]:
    """Return a record as plain facts by name, for comparing and searching.

    Examples
    --------
    >>> found = flat(RunRecord(run_id="r", use_case="u", specification="d", snapshot="s", metric="auc",
    ...                        chosen="xgboost", passed=True, metrics={"auc": 0.9}))
    >>> found["chosen"], found["metrics.auc"], found["passed"]
    ('xgboost', 0.9, True)
    """
    told = {
        "specification": record.specification,
        "snapshot": record.snapshot,
        **{f"features.{name}": one for name, one in record.features.items()},
        "arrivals": len(record.arrivals),
        "requested_by": record.requested_by,
        "reason": record.reason,
        "chosen": record.chosen,
        "passed": record.passed,
        **{f"metrics.{name}": value for name, value in record.metrics.items()},
        "seconds": round(record.seconds, 3),
        **({"cost.usd": record.cost["usd"]} if "usd" in record.cost else {}),
    }
    if record.best:
        told |= _of_candidate(record.best)
    return told


def _of_candidate(best: CandidateRecord) -> dict[str, Any]:
    """Return what is told of the chosen model's training."""
    return {
        "algorithm": best.candidate.algorithm,
        **{f"parameters.{name}": value for name, value in best.candidate.hyperparameters.items()},
        "seed": best.seed,
        "threads": best.threads,
        "code": best.code,
        **{f"inputs.{name}": value for name, value in best.inputs.items()},
        **{f"validation.{name}": value for name, value in best.metrics.items()},
        **{f"hardware.{name}": value for name, value in best.hardware.model_dump().items()},
        **{f"libraries.{name}": value for name, value in best.libraries.items()},
        **{f"files.{name}": value for name, value in best.files.items()},
        "trials": len((best.tuned or {}).get("trials", [])),
    }


def read_record(document: bytes | Mapping[str, Any]) -> RunRecord:
    """Read a run's record from JSON."""
    return RunRecord.model_validate(json.loads(document) if isinstance(document, bytes) else document)
