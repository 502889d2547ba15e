"""Evaluating a run: choose by the validation rows, measure on the test rows, judge, explain, package."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import NotFound
from penstock.evaluation.bootstrap import Sample, measure
from penstock.evaluation.curves import curves
from penstock.evaluation.measuring import LOWER_IS_BETTER, measured
from penstock.evaluation.package import pack, unpack
from penstock.evaluation.quality import evaluation_document
from penstock.evaluation.verdict import Verdict, judge
from penstock.explainability import Explanation, clarify_analysis, explain
from penstock.monitoring.baselining import baseline as write_baseline
from penstock.serving.predictor import Predictor
from penstock.training.arrow import read_parquet
from penstock.training.train import answers

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.specs import UseCase
    from penstock.specs.model import Problem
    from penstock.training.algorithms import Answers, Matrix, Vector

CHAMPION = "champion"
_SMOKE_ROWS = 20
_LATENCY_CALLS = 200
_FEWEST_RECENT_ROWS = 30


class Evaluation(BaseModel):
    """What a run came to."""

    model_config = ConfigDict(frozen=True)

    chosen: str
    verdict: Verdict
    metrics: dict[str, float]
    latency_ms: float
    model_bytes: int


@dataclass(frozen=True)
class _Rows:
    """Rows of one part, with their answers."""

    table: pa.Table
    answers: Answers

    @classmethod
    def read(cls, path: Path, problem: Problem, classes: tuple[str, ...]) -> _Rows:
        table = read_parquet(path)
        return cls(table, answers(table, problem, classes))


@dataclass(frozen=True)
class _Contest:
    """All models measured on the same rows."""

    validation: dict[str, float]
    test: Sample
    recent: Sample | None
    scores: dict[str, Vector]
    champion_problem: str | None


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
) -> Evaluation:
    """Evaluate the trained candidates of a run and package the best.

    Parameters
    ----------
    use_case
        Names metric, baseline, gates and seed.
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
        ``analysis``, ``statistics``, ``constraints``, ``samples``, ``curves``, ``summary``).
    package
        Where the chosen model's ``model.tar.gz`` goes.

    Raises
    ------
    NotFound
        A candidate has no archive, or the baseline is not among the candidates.
    """
    baseline = use_case.model.baseline.name
    if baseline not in candidates or len(candidates) == 1:
        raise NotFound(
            "A run needs its baseline and a candidate.", found=", ".join(candidates), expected=baseline
        )
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: unpack(path, Path(scratch) / name) for name, path in candidates.items()}
        models = {
            name: Predictor.load(folder, threads=os.cpu_count() or 1) for name, folder in folders.items()
        }
        problem, classes = use_case.model.problem, models[baseline].card.classes
        parts = {
            name: _Rows.read(prepared / f"{name}.parquet", problem, classes)
            for name in ("train", "validation", "test")
        }
        rival = _champion(champion, Path(scratch) / ".champion")
        contest = _measure(use_case, models, rival, parts, recent_arrival_id)
        chosen = _best(contest.validation, baseline, use_case.model.metric)
        size = pack(folders[chosen], package)
        solo = Predictor.load(folders[chosen], threads=1)
    latency = _latency(solo, parts["test"].table)
    recent = contest.recent or contest.test
    verdict = judge(
        use_case.model.gates,
        metric=use_case.model.metric,
        chosen=chosen,
        baseline=baseline,
        champion=champion_version if champion else None,
        champion_problem=contest.champion_problem,
        test=contest.test,
        recent=recent,
        model_bytes=size,
        latency_ms=latency["median"],
        recent_name="test rows of the newest arrival" if contest.recent else "test rows (too few are new)",
    )
    _Documents(output, use_case, models[chosen], solo, parts, contest, verdict).write(
        roles=_roles(models, baseline, champion_version), latency=latency, model_bytes=size
    )
    metrics = {name: found.value for name, found in contest.test.metrics[chosen].items()}
    return Evaluation(
        chosen=chosen, verdict=verdict, metrics=metrics, latency_ms=latency["median"], model_bytes=size
    )


def _champion(archive: Path | None, folder: Path) -> Predictor | None:
    """Load the version that serves now."""
    return Predictor.load(unpack(archive, folder), threads=os.cpu_count() or 1) if archive else None


def _measure(
    use_case: UseCase,
    models: dict[str, Predictor],
    rival: Predictor | None,
    parts: dict[str, _Rows],
    recent_id: str,
) -> _Contest:
    """Score and measure all models; a champion whose columns are gone cannot take part."""
    test, seed, problem = parts["test"], use_case.model.seed, None
    contestants = dict(models)
    scores = {name: model.scores(test.table) for name, model in models.items()}
    if rival is not None:
        try:
            scores[CHAMPION] = _aligned(rival, rival.scores(test.table), test.answers)
            contestants[CHAMPION] = rival
        except NotFound as error:
            problem = f"it needs columns that the data no longer has: {error.expected}"
    held_out, metric = parts["validation"], use_case.model.metric
    validation = {
        name: measured(held_out.answers, model.scores(held_out.table), matrix=_seen(model, held_out))[metric]
        for name, model in models.items()
    }
    seen = {name: matrix for name, model in contestants.items() if (matrix := _seen(model, test)) is not None}
    newest = np.asarray(test.table["arrival"].to_numpy() == recent_id, dtype=np.bool_)
    fresh = replace(test.answers, values=test.answers.values[newest])
    recent = None
    if len(fresh) >= _FEWEST_RECENT_ROWS and _differ(fresh):
        there = {name: score[newest] for name, score in scores.items()}
        recent = measure(fresh, there, seed=seed, matrices={name: one[newest] for name, one in seen.items()})
    return _Contest(
        validation, measure(test.answers, scores, seed=seed, matrices=seen), recent, scores, problem
    )


def _differ(known: Answers) -> bool:
    """Say whether there is something to tell apart; clusters are not compared with answers."""
    return known.problem == "clustering" or len(np.unique(known.values)) > 1


def _seen(model: Predictor, rows: _Rows) -> Matrix | None:
    """Return the rows as a clustering sees them; other problems are measured by answers alone."""
    if rows.answers.problem != "clustering":
        return None
    return model.preparation.transform(rows.table, scaled=model.model.scaled)


def _aligned(model: Predictor, scores: Vector, known: Answers) -> Vector:
    """Return the champion's scores by the classes of today; of a class that it does not know, 0."""
    if known.problem != "multiclass":
        return scores
    found = np.zeros((len(scores), len(known.classes)))
    for place, name in enumerate(known.classes):
        if name in model.card.classes:
            found[:, place] = scores[:, model.card.classes.index(name)]
    return found


def _best(validation: dict[str, float], baseline: str, metric: str) -> str:
    """Choose the candidate that is best on the validation rows; the first of equals."""
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    return max((name for name in validation if name != baseline), key=lambda name: sign * validation[name])


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


def _latency(model: Predictor, table: pa.Table) -> dict[str, float]:
    """Time single rows, in milliseconds."""
    rows = table.select(list(model.preparation.inputs)).slice(0, 50).to_pylist()
    model.predict(rows[:1])
    times = []
    for number in range(_LATENCY_CALLS):
        start = time.perf_counter()
        model.predict([rows[number % len(rows)]])
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    return {"median": statistics.median(times), "p95": times[int(0.95 * len(times))]}


@dataclass(frozen=True)
class _Documents:
    """Writes what is kept of an evaluation."""

    output: Path
    use_case: UseCase
    model: Predictor
    solo: Predictor
    parts: dict[str, _Rows]
    contest: _Contest
    verdict: Verdict

    def write(self, *, roles: dict[str, dict[str, Any]], latency: dict[str, float], model_bytes: int) -> None:
        """Write every document."""
        self.output.mkdir(parents=True, exist_ok=True)
        test, score = self.parts["test"], self.contest.scores[self.verdict.chosen]
        intervals = self.contest.test.metrics[self.verdict.chosen]
        curve = curves(test.answers.values, score) if test.answers.problem == "binary" else {}
        explanation: Explanation = explain(self.model, test.table)
        self._put(
            "evaluation",
            evaluation_document(
                test.answers,
                score,
                intervals=intervals,
                curve=curve,
                threshold=self.model.card.threshold,
                seed=self.use_case.model.seed,
            ),
        )
        self._put("metrics", self._metrics(roles))
        self._put("verdict", self.verdict.model_dump(mode="json"))
        self._put("explanation", explanation.model_dump(mode="json"))
        self._put("analysis", clarify_analysis(explanation))
        self._put("samples", self._samples())
        self._put("curves", curve)
        self._put("summary", self._summary(latency, model_bytes))
        write_baseline(
            self.parts["train"].table,
            self.model.card.columns,
            scores=score if score.ndim == 1 else score.max(axis=1),
            spec=self.use_case.monitoring,
            output=self.output,
        )

    def _metrics(self, roles: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Every model's metrics on the test rows and on the newest ones."""
        contest, models = self.contest, {}
        for name, metrics in contest.test.metrics.items():
            fresh = contest.recent.metrics[name] if contest.recent else None
            models[name] = {
                **roles[name],
                "validation": contest.validation.get(name),
                "test": {metric: found.model_dump() for metric, found in metrics.items()},
                "recent": {metric: found.model_dump() for metric, found in fresh.items()} if fresh else None,
            }
        rows = {"test": contest.test.rows, "recent": contest.recent.rows if contest.recent else 0}
        return {"metric": self.use_case.model.metric, "rows": rows, "models": models}

    def _samples(self) -> dict[str, Any]:
        """Rows that a packaged model must answer as it did here."""
        table = self.parts["test"].table.select(list(self.solo.preparation.inputs))
        instances = table.slice(0, _SMOKE_ROWS).to_pylist()
        predicted = [prediction.document() for prediction in self.solo.predict(instances)]
        return {"instances": instances, "predictions": predicted}

    def _summary(self, latency: dict[str, float], model_bytes: int) -> dict[str, Any]:
        """Return the few numbers that a table shows."""
        metrics = self.contest.test.metrics[self.verdict.chosen]
        return {
            "rows": {name: part.table.num_rows for name, part in self.parts.items()},
            "recent_test_rows": self.contest.recent.rows if self.contest.recent else 0,
            "problem": self.use_case.model.problem,
            **self._shares(),
            "chosen": self.verdict.chosen,
            "algorithm": self.model.card.algorithm,
            "passed": self.verdict.passed,
            "compared_with": self.verdict.compared_with,
            "metric": self.use_case.model.metric,
            "metrics": {name: found.value for name, found in metrics.items()},
            "latency_ms": latency["median"],
            "latency_p95_ms": latency["p95"],
            "model_bytes": model_bytes,
            "input_columns": len(self.model.card.columns),
            "libraries": self.model.card.libraries,
        }

    def _shares(self) -> dict[str, Any]:
        """Return how frequent the answers are in each part."""
        problem = self.use_case.model.problem
        if problem == "binary":
            shares = {name: float(part.answers.values.mean()) for name, part in self.parts.items()}
            return {"positive_share": shares}
        classes = list(self.model.card.classes)
        return {"classes": classes} if classes else {}

    def _put(self, name: str, document: Any) -> None:
        """Write one JSON document."""
        (self.output / f"{name}.json").write_text(
            json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
