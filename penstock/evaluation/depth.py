"""What is looked at beside the metrics, from fairness to history, as documents and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.evaluation.calibration import calibration
from penstock.evaluation.complexity import Running, complexity
from penstock.evaluation.contest import CHAMPION
from penstock.evaluation.cost import cost
from penstock.evaluation.fairness import Bias, Outcome, bias_document, bias_of, fairness_checks, suggest
from penstock.evaluation.history import History, decline_check, drop_check, staleness
from penstock.evaluation.inputs import hashed_columns, input_checks, inputs_of
from penstock.evaluation.progress import Progress
from penstock.evaluation.robustness import robustness, robustness_checks
from penstock.evaluation.slices import slice_checks, slices_of
from penstock.evaluation.soundness import Part, soundness, soundness_checks

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.evaluation.checks import Check
    from penstock.evaluation.contest import Contest, Rows
    from penstock.evaluation.slices import Scored
    from penstock.serving.predictor import Predictor
    from penstock.specs import Candidate, UseCase


@dataclass(frozen=True)
class Run:
    """A run whose models have been measured, and the candidate that was chosen."""

    use_case: UseCase
    parts: Mapping[str, Rows]
    contest: Contest
    chosen: str
    model: Predictor
    champion_version: str | None
    history: History = field(default_factory=History)

    def scored(self, part: str) -> Scored:
        """Return the rows of ``test`` or ``validation`` with the chosen model's scores."""
        scores = self.contest.scores if part == "test" else self.contest.held_out
        return self.parts[part].scored(scores[self.chosen])


@dataclass
class Findings:
    """Documents by name, the bias metrics for ``analysis.json``, and checks for the verdict."""

    documents: dict[str, Any] = field(default_factory=dict)
    bias: dict[str, Any] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)


def look(run: Run, running: Mapping[str, Running], progress: Progress) -> Findings:
    """Look at a run from every side that its specification and problem have.

    Parameters
    ----------
    run
        What was measured.
    running
        Latency and size of each candidate.
    progress
        Times each side.
    """
    found = Findings()
    for name, side in _SIDES.items():
        with progress.part(name):
            side(run, found)
    model = run.use_case.model
    found.documents["complexity"] = complexity(
        run.contest.test, running, metric=model.metric, chosen=run.chosen, baseline=model.baseline.name
    ).model_dump(mode="json")
    return found


def curve_of_learning(run: Run, prepared: Path, scratch: Path) -> dict[str, Any] | None:
    """Train the chosen candidate on shares of the rows, if this is asked for and it is trained at all."""
    model = run.use_case.model
    if not model.evaluation.learning_curve or _candidate(run).source is not None:
        return None
    from penstock.evaluation.learning import learning_curve

    return learning_curve(
        prepared=prepared, candidate=_candidate(run), problem=model.problem, metric=model.metric,
        shares=model.evaluation.learning_curve, seed=model.seed, scratch=scratch,
    ).model_dump(mode="json")  # fmt: skip


def _candidate(run: Run) -> Candidate:
    """Return the chosen candidate as it was trained, tuned parameters included."""
    return run.model.card.candidate


def _soundness(run: Run, found: Findings) -> None:
    """Look at leakage, duplicates and rare answers."""
    parts = [Part(run.parts[name].table, run.parts[name].answers) for name in ("train", "validation", "test")]
    looked = soundness(parts[0], parts[1], parts[2], run.model.preparation.inputs)
    found.documents["soundness"] = looked.model_dump(mode="json")
    found.checks.extend(soundness_checks(looked, run.use_case.model.gates))
    _inputs(run, found)


def _inputs(run: Run, found: Findings) -> None:
    """Look at columns without values, unseen words, and rows for columns."""
    columns, spec = run.model.inputs, run.use_case.model.preparation
    prepared = getattr(run.model.preparation, "names", columns)
    looked = inputs_of(
        {name: rows.table for name, rows in run.parts.items()},
        columns,
        learnt_columns=len(prepared),
        free_texts=hashed_columns(spec, columns),
    )
    found.documents["inputs"] = looked.model_dump(mode="json")
    found.checks.extend(input_checks(looked, run.use_case.model.gates))


def _fairness(run: Run, found: Findings) -> None:
    """Measure the declared facets, and suggest others."""
    use_case, spec, inputs = run.use_case, run.use_case.model.evaluation, run.model.preparation.inputs
    contract = use_case.contract(use_case.model.dataset)
    train, test = run.parts["train"], run.scored("test")
    suggested = suggest(
        train.table, columns=contract.columns if contract else (), features=inputs,
        facets=[facet.column for facet in spec.facets],
    )  # fmt: skip
    found.documents["fairness"] = suggested.model_dump(mode="json")
    measured: tuple[Bias, ...] = ()
    if spec.facets and use_case.model.target:
        before = Outcome(train.table, train.answers)
        after = Outcome(test.table, test.answers, test.scores, run.model.card.threshold, inputs)
        for stage, outcome in (("pre_training", before), ("post_training", after)):
            bias = bias_of(outcome, spec)
            label = use_case.model.target.column
            found.bias[f"{stage}_bias_metrics"] = bias_document(outcome, spec, bias, label)
            measured += bias
    found.checks.extend(fairness_checks(use_case.model.gates.fairness, measured))


def _slices(run: Run, found: Findings) -> None:
    """Measure declared slices and find the worst; clusters have no answers to be wrong about."""
    model = run.use_case.model
    if model.problem == "clustering":
        return
    looked = slices_of(
        run.scored("test"), run.scored("validation"), spec=model.evaluation.slices, metric=model.metric,
        inputs=run.model.preparation.inputs, seed=model.seed, champion=run.contest.scores.get(CHAMPION),
    )  # fmt: skip
    found.documents["slices"] = looked.model_dump(mode="json")
    found.checks.extend(slice_checks(looked, model.gates.slice_tolerance))


def _robustness(run: Run, found: Findings) -> None:
    """Disturb the test rows."""
    model, looked = run.use_case.model, None
    if model.evaluation.robustness is not None:
        looked = robustness(
            run.model, run.scored("test"), run.parts["train"].table, spec=model.evaluation.robustness,
            metric=model.metric, seed=model.seed,
        )  # fmt: skip
        found.documents["robustness"] = looked.model_dump(mode="json")
    found.checks.extend(robustness_checks(looked, model.gates.robustness))


def _calibration(run: Run, found: Findings) -> None:
    """Compare probabilities with what came true."""
    test = run.scored("test")
    if (looked := calibration(test.answers, test.scores)) is not None:
        found.documents["calibration"] = looked


def _cost(run: Run, found: Findings) -> None:
    """Count what errors cost the business."""
    if (spec := run.use_case.model.evaluation.cost) is None:
        return
    looked = cost(run.scored("test"), run.scored("validation"), spec=spec, threshold=run.model.card.threshold)
    found.documents["cost"] = looked.model_dump(mode="json")


def _history(run: Run, found: Findings) -> None:
    """Compare with earlier versions."""
    model, gates = run.use_case.model, run.use_case.model.gates
    metric = model.metric
    if CHAMPION in run.contest.scores and gates.sudden_drop is not None:
        found.checks.append(
            drop_check(
                run.contest.test, run.chosen, CHAMPION, metric=metric, version=run.champion_version or "",
                limit=gates.sudden_drop,
            )
        )  # fmt: skip
    if gates.slow_decline is not None:
        value = run.contest.test.metrics[run.chosen][metric].value
        check = decline_check(run.history.versions, value, metric=metric, limit=gates.slow_decline)
        found.checks.extend([check] if check else [])
    fresh = run.contest.recent.metrics[run.chosen].get(metric) if run.contest.recent else None
    aged = staleness(
        run.history.ages, metric=metric, tolerance=gates.champion_tolerance,
        newest=fresh.value if fresh else None,
    )  # fmt: skip
    if aged is not None:
        found.documents["staleness"] = aged.model_dump(mode="json")


_SIDES = {
    "soundness": _soundness,
    "fairness": _fairness,
    "slices": _slices,
    "robustness": _robustness,
    "calibration": _calibration,
    "cost": _cost,
    "history": _history,
}
