"""The documents that are kept of an evaluation."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.evaluation.curves import curves
from penstock.evaluation.explaining import tell
from penstock.evaluation.quality import evaluation_document
from penstock.explainability.clarify import clarify_analysis, write_local_values
from penstock.monitoring.baselining import baseline as write_baseline

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.evaluation.contest import Contest, Rows
    from penstock.evaluation.depth import Findings
    from penstock.evaluation.verdict import Verdict
    from penstock.serving.predictor import Predictor
    from penstock.specs import UseCase

_SMOKE_ROWS = 20


@dataclass(frozen=True)
class Documents:
    """Writes what is kept of an evaluation."""

    output: Path
    use_case: UseCase
    model: Predictor
    solo: Predictor
    parts: dict[str, Rows]
    contest: Contest
    verdict: Verdict
    findings: Findings
    seconds: dict[str, float]

    def write(self, *, roles: dict[str, dict[str, Any]], latency: dict[str, float], model_bytes: int) -> None:
        """Write every document."""
        self.output.mkdir(parents=True, exist_ok=True)
        test, score = self.parts["test"], self.contest.scores[self.verdict.chosen]
        intervals = self.contest.test.metrics[self.verdict.chosen]
        curve = curves(test.answers.values, score) if test.answers.problem == "binary" else {}
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
        self._explain()
        for name, document in self.findings.documents.items():
            self._put(name, document)
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

    def _explain(self) -> None:
        """Tell why the model says what it says."""
        train, test = self.parts["train"].table, self.parts["test"].table
        start = time.perf_counter()
        told = tell(self.use_case, self.model, train=train, test=test)
        self.seconds["explanation"] = round(time.perf_counter() - start, 3)
        self._put("explanation", told.document)
        self._put("dependence", told.dependence)
        self._put("analysis", clarify_analysis(told.explanation, self.findings.bias))
        write_local_values(self.output, told.contributions, self.model.inputs)

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
        table = self.parts["test"].table.select(list(self.solo.inputs))
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
            "seconds": self.seconds,
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
