"""Runs as MLflow reads them: written to a tracking server, or to a folder of MLflow's own layout.

Neither needs MLflow here. A server is spoken to by its REST API (``/api/2.0/mlflow``); the folder has what
MLflow's file store has: ``meta.yaml``, and a file a metric, parameter and tag.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from penstock.errors import InvalidSpec, TransientError
from penstock.experiments.managed_mlflow import ManagedServer
from penstock.experiments.record import RunRecord, flat
from penstock.experiments.runs import Run

TAG = "penstock.run_id"
_LONGEST_PARAMETER, _LONGEST_TAG = 6_000, 5_000
_MOST_AT_ONCE = 100
_STATUS = {"running": 1, "completed": 3, "failed": 4}
_NAMES = {"running": "RUNNING", "completed": "FINISHED", "failed": "FAILED"}


def export(run: Run, record: RunRecord, to: str, *, headers: Mapping[str, str] | None = None) -> str:
    """Write a run to MLflow and return where it is; a run that is there already stays as it is.

    Parameters
    ----------
    run, record
        The run and its record.
    to
        ``http://…`` or ``https://…`` of a tracking server, the ARN of one that SageMaker runs, or a folder
        (also as ``file:…``).
    headers
        Sent with every request, such as ``Authorization``.

    Raises
    ------
    TransientError
        The server did not answer as it should.
    InvalidSpec
        The address is of another kind.
    """
    if to.startswith("arn:"):
        managed = ManagedServer(to)
        return _Server(managed.address, dict(headers or {}), managed).write(run, record)
    scheme = urlsplit(to).scheme
    if scheme in ("http", "https"):
        return _Server(to.rstrip("/"), dict(headers or {})).write(run, record)
    if scheme == "file":
        return _write_folder(run, record, Path(unquote(urlsplit(to).path)))
    if "://" in to:
        raise InvalidSpec(
            "No such MLflow address.", found=to, expected="http://, https://, an ARN or a folder"
        )
    return _write_folder(run, record, Path(to))


def parameters(record: RunRecord) -> dict[str, str]:
    """Return what MLflow shows as parameters: hyper-parameters, seed, threads, algorithm."""
    shown = {
        name.removeprefix("parameters."): str(value)[:_LONGEST_PARAMETER]
        for name, value in flat(record).items()
        if name.startswith("parameters.") or name in ("algorithm", "seed", "threads", "chosen")
    }
    return dict(sorted(shown.items()))


def metrics(record: RunRecord) -> dict[str, float]:
    """Return what MLflow shows as metrics: on test rows, on validation rows by candidate, time, cost."""
    found = {f"test.{name}": value for name, value in record.metrics.items()}
    for candidate, one in record.candidates.items():
        found |= {f"validation.{candidate}.{name}": value for name, value in one.metrics.items()}
    found["training_seconds"] = record.seconds
    if "usd" in record.cost:
        found["estimated_usd"] = float(record.cost["usd"])
    return {name: value for name, value in sorted(found.items()) if math.isfinite(value)}


def tags(run: Run, record: RunRecord) -> dict[str, str]:
    """Return what MLflow shows as tags: where the run comes from."""
    best = record.best
    found = {
        TAG: run.run_id,
        "mlflow.runName": run.run_id,
        "mlflow.user": run.requested_by,
        "mlflow.source.name": run.execution_arn or "penstock",
        "mlflow.source.type": "JOB",
        "penstock.use_case": run.use_case,
        "penstock.snapshot": record.snapshot,
        "penstock.specification": record.specification,
        "penstock.reason": run.reason,
        "penstock.passed": str(record.passed).lower(),
        "penstock.code": best.code if best else "",
        "penstock.instance": best.hardware.instance if best else "",
        **{f"penstock.features.{name}": value for name, value in record.features.items()},
    }
    return {name: value[:_LONGEST_TAG] for name, value in found.items() if value}


class _Server:
    """A tracking server."""

    def __init__(self, address: str, headers: dict[str, str], managed: ManagedServer | None = None) -> None:
        import urllib3

        self._address, self._headers, self._managed = address, headers, managed
        self._pool = urllib3.PoolManager(retries=urllib3.Retry(2, backoff_factor=0.2), timeout=20.0)

    def write(self, run: Run, record: RunRecord) -> str:
        """Write a run unless it is there."""
        experiment = self._experiment(run.use_case)
        there = self._ask(
            "POST", "runs/search",
            {"experiment_ids": [experiment], "filter": f"tags.`{TAG}` = '{run.run_id}'", "max_results": 1},
        ).get("runs")  # fmt: skip
        if there and there[0]["info"]["status"] != "RUNNING":
            return self._told(experiment, there[0]["info"]["run_id"])
        begun = {
            "experiment_id": experiment, "run_name": run.run_id, "user_id": run.requested_by,
            "start_time": _moment(run.started_at), "tags": _pairs(tags(run, record)),
        }  # fmt: skip
        created = there[0] if there else self._ask("POST", "runs/create", begun)["run"]
        name = created["info"]["run_id"]
        ended = _moment(run.finished_at or run.started_at)
        measured = [
            {"key": key, "value": value, "timestamp": ended, "step": 0}
            for key, value in metrics(record).items()
        ]
        self._ask("POST", "runs/log-batch", {"run_id": name, "metrics": measured})
        shown = _pairs(parameters(record))
        for begin in range(0, len(shown), _MOST_AT_ONCE):
            part = shown[begin : begin + _MOST_AT_ONCE]
            self._ask("POST", "runs/log-batch", {"run_id": name, "params": part})
        self._ask("POST", "runs/update", {"run_id": name, "status": _NAMES[run.status], "end_time": ended})
        return self._told(experiment, name)

    def _experiment(self, use_case: str) -> str:
        """Return the id of a use case's experiment, made if there is none."""
        name = f"penstock/{use_case}"
        asked = self._ask("GET", "experiments/get-by-name", {"experiment_name": name}, missing=True)
        found = asked or self._ask("POST", "experiments/create", {"name": name})
        return str(found["experiment"]["experiment_id"] if "experiment" in found else found["experiment_id"])

    def _told(self, experiment: str, run: str) -> str:
        """Return the address of a run's page."""
        return f"{self._address}/#/experiments/{experiment}/runs/{run}"

    def _ask(
        self, method: str, path: str, document: Mapping[str, Any], *, missing: bool = False
    ) -> dict[str, Any]:
        """Send a request; what is missing is an empty answer where that is no error."""
        import urllib3

        address, body = f"{self._address}/api/2.0/mlflow/{path}", b""
        if method == "GET":
            address += f"?{urlencode(document, quote_via=quote)}"
        else:
            body = json.dumps(document).encode()
        headers = {"Content-Type": "application/json", **self._headers}
        if self._managed is not None:
            headers |= self._managed.signed(method, address, body)
        try:
            answer = self._pool.request(method, address, body=body or None, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise TransientError(
                "The MLflow server does not answer.", found=str(error)[:200], where=address
            ) from error
        if missing and answer.status == 404:  # noqa: PLR2004 - not found
            return {}
        if answer.status != 200:  # noqa: PLR2004 - OK
            found = f"{answer.status} {answer.data[:300].decode(errors='replace')}"
            raise TransientError("The MLflow server refused a request.", found=found, where=address)
        told: dict[str, Any] = json.loads(answer.data or b"{}")
        return told


def _write_folder(run: Run, record: RunRecord, root: Path) -> str:
    """Write a run as MLflow's file store has it."""
    root = root.absolute()
    experiment = root / _number(run.use_case)
    experiment.mkdir(parents=True, exist_ok=True)
    begun, ended = _moment(run.started_at), _moment(run.finished_at or run.started_at)
    if not (experiment / "meta.yaml").exists():
        about = {
            "artifact_location": experiment.as_uri(), "creation_time": begun,
            "experiment_id": experiment.name, "last_update_time": begun,
            "lifecycle_stage": "active", "name": f"penstock/{run.use_case}",
        }  # fmt: skip
        _yaml(experiment / "meta.yaml", about)
    folder = experiment / hashlib.sha256(run.run_id.encode()).hexdigest()[:32]
    for part in ("metrics", "params", "tags", "artifacts"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, value in metrics(record).items():
        _file(folder / "metrics", name, f"{ended} {value!r} 0\n")
    for name, text in parameters(record).items():
        _file(folder / "params", name, text)
    for name, text in tags(run, record).items():
        _file(folder / "tags", name, text)
    _file(folder / "artifacts", "run.json", record.model_dump_json(indent=1) + "\n")
    about = {
        "artifact_uri": (folder / "artifacts").as_uri(), "end_time": ended, "entry_point_name": "",
        "experiment_id": experiment.name, "lifecycle_stage": "active", "run_id": folder.name,
        "run_name": run.run_id, "run_uuid": folder.name, "source_name": "", "source_type": 4,
        "source_version": "", "start_time": begun, "status": _STATUS[run.status], "tags": [],
        "user_id": run.requested_by,
    }  # fmt: skip
    # The description comes last: MLflow sees the run only when it is whole.
    _yaml(folder / "meta.yaml", about)
    return str(folder)


def _file(folder: Path, name: str, text: str) -> None:
    """Write one file below a folder; a name that leads out of it is refused."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InvalidSpec("A name cannot be a file.", found=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _yaml(path: Path, document: Mapping[str, Any]) -> None:
    """Write flat YAML: JSON's texts and numbers are YAML's."""
    lines = [f"{name}: {json.dumps(value)}" for name, value in sorted(document.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _number(use_case: str) -> str:
    """Return the id of a use case's experiment: digits, as MLflow makes them."""
    return str(int(hashlib.sha256(use_case.encode()).hexdigest()[:15], 16))


def _pairs(found: Mapping[str, str]) -> list[dict[str, str]]:
    """Return names and values as the REST API has them."""
    return [{"key": name, "value": value} for name, value in found.items()]


def _moment(at: str) -> int:
    """Return an ISO 8601 moment in milliseconds since 1970."""
    return round(datetime.fromisoformat(at).timestamp() * 1_000)
