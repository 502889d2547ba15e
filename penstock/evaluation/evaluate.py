"""Evaluating a run: choose by the validation rows, measure on the test rows, judge, explain, package."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import NotFound
from penstock.evaluation.complexity import Running
from penstock.evaluation.contest import CHAMPION, Contest, Rows, contest
from penstock.evaluation.depth import Findings, Run, curve_of_learning, look
from penstock.evaluation.documents import Documents
from penstock.evaluation.history import History
from penstock.evaluation.package import add_explanation, pack, unpack
from penstock.evaluation.progress import Progress
from penstock.evaluation.verdict import Verdict, judge
from penstock.serving.predictor import Predictor

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.specs import UseCase

_LATENCY_CALLS = 200
_OTHERS_CALLS = 50


class Evaluation(BaseModel):
    """What a run came to."""

    model_config = ConfigDict(frozen=True)

    chosen: str
    verdict: Verdict
    metrics: dict[str, float]
    latency_ms: float
    model_bytes: int


def evaluate_run(
    *,
    use_case: UseCase,
    prepared: Path,
    candidates: Mapping[str, Path],
    champion: Path | None,
    champion_version: str | None,
    recent_arrival_id: str,
    output: Path,
    package: Path,
    history: History | None = None,
) -> Evaluation:
    """Evaluate the trained candidates of a run and package the best.

    Parameters
    ----------
    use_case
        Names metric, baseline, gates, seed, and what is looked at beside metrics.
    prepared
        What ``prepare`` wrote.
    candidates
        For each candidate, the baseline among them, its ``model.tar.gz``.
    champion, champion_version
        The archive and number of the version that serves now, if any. It is measured on the same
        raw rows, through its own preparation.
    recent_arrival_id
        The newest arrival; on its test rows challenger and champion are compared.
    output
        Receives the JSON documents (``evaluation``, ``metrics``, ``verdict``, ``explanation``,
        ``dependence``, ``analysis`` with ``explanations_shap/out.csv``, ``statistics``, ``constraints``,
        ``samples``, ``curves``, ``summary``, ``soundness``, ``fairness``, ``complexity``; by problem and
        specification also ``slices``, ``robustness``, ``calibration``, ``cost``, ``learning_curve``,
        ``staleness``).
    package
        Where the chosen model's ``model.tar.gz`` goes.
    history
        What is known of earlier versions.

    Raises
    ------
    NotFound
        A candidate has no archive, or the baseline is not among the candidates.
    """
    baseline, progress = use_case.model.baseline.name, Progress()
    if baseline not in candidates or len(candidates) == 1:
        raise NotFound(
            "A run needs its baseline and a candidate.", found=", ".join(candidates), expected=baseline
        )
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: unpack(path, Path(scratch) / name) for name, path in candidates.items()}
        models = {
            name: Predictor.load(folder, threads=os.cpu_count() or 1) for name, folder in folders.items()
        }
        rival = _champion(champion, Path(scratch) / ".champion")
        parts = _parts(prepared, use_case, models[baseline].card.classes)
        with progress.part("metrics"):
            measured = contest(use_case, models, rival, parts, recent_arrival_id)
        chosen = measured.best(baseline, use_case.model.metric)
        add_explanation(folders[chosen], use_case, parts["train"].table)
        size = pack(folders[chosen], package)
        solo = Predictor.load(folders[chosen], threads=1)
        latency = _latency(solo, parts["test"].table, _LATENCY_CALLS)
        running = _running(folders, candidates, parts["test"].table)
        running[chosen] = Running(latency["median"], size)
        run = Run(use_case, parts, measured, chosen, models[chosen], champion_version, history or History())
        findings = look(run, running, progress)
        with progress.part("learning_curve"):
            if curve := curve_of_learning(run, prepared, Path(scratch) / ".learning"):
                findings.documents["learning_curve"] = curve
    verdict = _verdict(run, running[chosen], findings, compared=champion is not None)
    documents = Documents(
        output, use_case, models[chosen], solo, parts, measured, verdict, findings, progress.seconds
    )
    documents.write(roles=_roles(models, baseline, champion_version), latency=latency, model_bytes=size)
    metrics = {name: found.value for name, found in measured.test.metrics[chosen].items()}
    return Evaluation(
        chosen=chosen, verdict=verdict, metrics=metrics, latency_ms=latency["median"], model_bytes=size
    )


def _parts(prepared: Path, use_case: UseCase, classes: tuple[str, ...]) -> dict[str, Rows]:
    """Read the prepared rows."""
    return {
        name: Rows.read(prepared / f"{name}.parquet", use_case.model.problem, classes)
        for name in ("train", "validation", "test")
    }


def _verdict(run: Run, running: Running, findings: Findings, *, compared: bool) -> Verdict:
    """Judge the chosen candidate by the gates and by what was found beside the metrics."""
    measured: Contest = run.contest
    return judge(
        run.use_case.model.gates,
        metric=run.use_case.model.metric,
        chosen=run.chosen,
        baseline=run.use_case.model.baseline.name,
        champion=run.champion_version if compared else None,
        champion_problem=measured.champion_problem,
        test=measured.test,
        recent=measured.recent or measured.test,
        model_bytes=running.model_bytes,
        latency_ms=running.latency_ms,
        recent_name="test rows of the newest arrival" if measured.recent else "test rows (too few are new)",
        more=tuple(findings.checks),
    )


def _champion(archive: Path | None, folder: Path) -> Predictor | None:
    """Load the version that serves now."""
    return Predictor.load(unpack(archive, folder), threads=os.cpu_count() or 1) if archive else None


def _roles(
    models: dict[str, Predictor], baseline: str, champion_version: str | None
) -> dict[str, dict[str, Any]]:
    """Say what each measured model is."""
    roles: dict[str, dict[str, Any]] = {
        name: {"role": "baseline" if name == baseline else "candidate", "algorithm": model.card.algorithm}
        for name, model in models.items()
    }
    roles[CHAMPION] = {"role": "champion", "version": champion_version}
    return roles


def _running(
    folders: Mapping[str, Path], archives: Mapping[str, Path], table: pa.Table
) -> dict[str, Running]:
    """Time a row of each candidate and weigh its archive."""
    return {
        name: Running(
            _latency(Predictor.load(folder, threads=1), table, _OTHERS_CALLS)["median"],
            archives[name].stat().st_size,
        )
        for name, folder in folders.items()
    }


def _latency(model: Predictor, table: pa.Table, calls: int) -> dict[str, float]:
    """Time single rows, in milliseconds."""
    rows = table.select(list(model.inputs)).slice(0, 50).to_pylist()
    model.predict(rows[:1])
    times = []
    for number in range(calls):
        start = time.perf_counter()
        model.predict([rows[number % len(rows)]])
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    return {"median": statistics.median(times), "p95": times[int(0.95 * len(times))]}
