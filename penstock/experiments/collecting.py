"""Putting a run's record together from what its jobs left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penstock.errors import NotFound, PenstockError
from penstock.experiments.costs import estimate
from penstock.experiments.record import FILE, CandidateRecord, RunRecord, flat, read_candidate, read_record
from penstock.experiments.trials import OUTPUT, best_trial

if TYPE_CHECKING:
    from penstock.experiments.runs import Run, Runs
    from penstock.stores import ObjectStore

RECORD = FILE
_PACKAGES = "libraries."
_KEPT = frozenset(
    {"numpy", "scikit-learn", "xgboost", "xgboost-cpu", "lightgbm", "pyarrow", "duckdb", "optuna", "penstock"}
)
"""Libraries that the register keeps of each run; the record has all."""
_MOST_BYTES = 100 << 20
"""Of a package that is hashed here; a larger one does not fit into a function's memory."""


def collected(
    artifacts: ObjectStore,
    run: Run,
    *,
    verdict: Mapping[str, Any],
    metrics: Mapping[str, Any],
    prices: Mapping[str, float] | None = None,
) -> RunRecord:
    """Read what the jobs of a run left and put it together.

    Parameters
    ----------
    verdict, metrics
        Of the evaluation: which model was chosen, and how it does on the test rows.
    prices
        Dollars an hour by instance type.
    """
    home = f"runs/{run.use_case}/{run.run_id}"
    plan = _json(artifacts, f"{home}/plan.json")
    planned = plan.get("candidates", [])
    candidates = {one["name"]: _candidate(artifacts, home, one, plan["metric"]) for one in planned}
    known = {name: one for name, one in candidates.items() if one is not None}
    model = f"{home}/model/model.tar.gz"
    return RunRecord(
        run_id=run.run_id,
        use_case=run.use_case,
        specification=run.digest,
        snapshot=run.snapshot_id,
        features=run.features,
        arrivals=run.arrivals,
        requested_by=run.requested_by,
        reason=run.reason,
        metric=plan.get("metric", ""),
        chosen=verdict["chosen"],
        passed=bool(verdict["passed"]),
        candidates=known,
        metrics={name: _value(found) for name, found in metrics.items()},
        artefacts=_hashes(artifacts, home, known.get(verdict["chosen"]), model),
        logs={one.job: "/aws/sagemaker/TrainingJobs" for one in known.values() if one.job},
        cost=estimate(known.values(), prices, spot=bool(plan.get("spot"))) if known else {},
    )


def keep(
    artifacts: ObjectStore,
    runs: Runs,
    use_case: str,
    run_id: str,
    *,
    verdict: Mapping[str, Any],
    metrics: Mapping[str, Any],
    prices: Mapping[str, float] | None = None,
) -> RunRecord:
    """Write a run's record beside the model, and its facts to the register; a repeat writes the same."""
    run = _run(runs, use_case, run_id)
    record = collected(artifacts, run, verdict=verdict, metrics=metrics, prices=prices)
    artifacts.write(_place(run), record.model_dump_json(indent=1).encode(), content_type="application/json")
    runs.note(use_case, run_id, record=facts(record))
    return record


def recorded(artifacts: ObjectStore, run: Run) -> RunRecord:
    """Return the whole record of a run; :class:`~penstock.errors.NotFound` if it left none."""
    return read_record(artifacts.read(_place(run)))


def tell_mlflow(artifacts: ObjectStore, runs: Runs, use_case: str, run_id: str, *, address: str) -> str:
    """Write a run to an MLflow server and note where; a server that fails does not undo a training."""
    from penstock.experiments.mlflow import export

    run = _run(runs, use_case, run_id)
    try:
        told = export(run, recorded(artifacts, run), address)
    except PenstockError as error:
        told = f"failed: {error.message}"
    runs.note(use_case, run_id, record={**run.record, "mlflow": told})
    return told


def _run(runs: Runs, use_case: str, run_id: str) -> Run:
    """Return a run by its whole id."""
    return runs.find(run_id, [use_case])


def _place(run: Run) -> str:
    """Return where the record of a run lies."""
    return f"runs/{run.use_case}/{run.run_id}/model/{RECORD}"


def facts(record: RunRecord) -> dict[str, Any]:
    """Return the facts that the register keeps: small, and enough to compare and search."""
    return {
        name: value
        for name, value in flat(record).items()
        if not name.startswith(_PACKAGES) or name.removeprefix(_PACKAGES) in _KEPT
    }


def _candidate(
    artifacts: ObjectStore, home: str, planned: Mapping[str, Any], metric: str
) -> CandidateRecord | None:
    """Read what a training job says of itself; of a tuning job's trials, what the best one says."""
    folder = f"{home}/candidates/{planned['job']}/"
    if planned.get("tuned") != "jobs":
        return _read(artifacts, f"{folder}output/{OUTPUT}")
    places = [key for key in artifacts.keys(folder) if key.endswith(f"/output/{OUTPUT}")]
    return best_trial((one for key in places if (one := _read(artifacts, key))), metric)


def _read(artifacts: ObjectStore, key: str) -> CandidateRecord | None:
    """Read a job's record, None where it left none."""
    try:
        return read_candidate(artifacts.read(key))
    except NotFound:
        return None


def _hashes(artifacts: ObjectStore, home: str, best: CandidateRecord | None, model: str) -> dict[str, str]:
    """Return the hashes of what the run left: of the rows as the job saw them, of the package as it lies."""
    found = {f"{home}/prepared/{name}": value for name, value in (best.inputs if best else {}).items()}
    try:
        if artifacts.head(model).bytes <= _MOST_BYTES:
            found[model] = hashlib.sha256(artifacts.read(model)).hexdigest()
    except NotFound:
        return found
    return found


def _json(artifacts: ObjectStore, key: str) -> dict[str, Any]:
    """Read a document, empty where there is none."""
    try:
        document: dict[str, Any] = json.loads(artifacts.read(key))
    except NotFound:
        return {}
    return document


def _value(found: Any) -> float:
    """Return a metric's value, with or without its interval."""
    return float(found["value"] if isinstance(found, Mapping) else found)
