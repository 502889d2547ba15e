"""All models of a run, and the version that serves now, measured on the same rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from penstock.errors import NotFound
from penstock.evaluation.bootstrap import Sample, measure
from penstock.evaluation.measuring import LOWER_IS_BETTER, measured
from penstock.evaluation.slices.scored import Scored
from penstock.training.arrow import read_parquet
from penstock.training.train import answers

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.specs import UseCase
    from penstock.specs.model import Problem
    from penstock.training.algorithms import Answers, Matrix, Vector

CHAMPION = "champion"
_FEWEST_RECENT_ROWS = 30


@dataclass(frozen=True)
class Rows:
    """Rows of one part, with their answers."""

    table: pa.Table
    answers: Answers

    @classmethod
    def read(cls, path: Path, problem: Problem, classes: tuple[str, ...]) -> Rows:
        """Read one prepared part."""
        table = read_parquet(path)
        return cls(table, answers(table, problem, classes))

    def scored(self, scores: Vector) -> Scored:
        """Add a model's scores."""
        return Scored(self.table, self.answers, scores)


@dataclass(frozen=True)
class Contest:
    """All models measured on the same rows.

    Attributes
    ----------
    validation
        Of each candidate the metric of the use case on the validation rows.
    test, recent
        All metrics of all models on the test rows, and on those of the newest arrival if they are enough.
    scores, held_out
        What each model predicts of the test rows, and each candidate of the validation rows.
    champion_problem
        Why the champion could not be measured, if so.
    """

    validation: dict[str, float]
    test: Sample
    recent: Sample | None
    scores: dict[str, Vector]
    held_out: dict[str, Vector]
    champion_problem: str | None

    def best(self, baseline: str, metric: str) -> str:
        """Choose the candidate that is best on the validation rows; the first of equals."""
        sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
        rivals = (name for name in self.validation if name != baseline)
        return max(rivals, key=lambda name: sign * self.validation[name])


def contest(
    use_case: UseCase,
    models: dict[str, Predictor],
    rival: Predictor | None,
    parts: dict[str, Rows],
    recent_id: str,
) -> Contest:
    """Score and measure all models; a champion whose columns are gone cannot take part."""
    test, seed, problem = parts["test"], use_case.model.seed, None
    contestants = dict(models)
    scores = {name: model.scores(test.table) for name, model in models.items()}
    if rival is not None:
        try:
            scores[CHAMPION] = on_same_classes(rival, rival.scores(test.table), test.answers)
            contestants[CHAMPION] = rival
        except NotFound as error:
            problem = f"it needs columns that the data no longer has: {error.expected}"
    held_out = {name: model.scores(parts["validation"].table) for name, model in models.items()}
    validation = _validation(use_case, models, parts["validation"], held_out)
    seen = {name: matrix for name, model in contestants.items() if (matrix := _seen(model, test)) is not None}
    return Contest(
        validation,
        measure(test.answers, scores, seed=seed, matrices=seen),
        _recent(test, scores, seen, recent_id, seed),
        scores,
        held_out,
        problem,
    )


def _validation(
    use_case: UseCase, models: dict[str, Predictor], rows: Rows, scores: dict[str, Vector]
) -> dict[str, float]:
    """Measure the candidates on the validation rows."""
    return {
        name: measured(rows.answers, scores[name], matrix=_seen(model, rows))[use_case.model.metric]
        for name, model in models.items()
    }


def _recent(
    test: Rows, scores: dict[str, Vector], seen: dict[str, Matrix], recent_id: str, seed: int
) -> Sample | None:
    """Measure all models on the newest arrival's test rows, if they are enough."""
    newest = _of_arrival(test, recent_id)
    fresh = replace(test.answers, values=test.answers.values[newest])
    if not _enough(fresh):
        return None
    there = {name: score[newest] for name, score in scores.items()}
    return measure(fresh, there, seed=seed, matrices={name: one[newest] for name, one in seen.items()})


def newest_rows(rows: Rows, arrival: str) -> Rows | None:
    """Return the rows of one arrival; None when they are too few to measure a model on."""
    newest = _of_arrival(rows, arrival)
    answers = replace(rows.answers, values=rows.answers.values[newest])
    return Rows(rows.table.filter(pa.array(newest)), answers) if _enough(answers) else None


def _of_arrival(rows: Rows, arrival: str) -> NDArray[np.bool_]:
    return np.asarray(rows.table["arrival"].to_numpy() == arrival, dtype=np.bool_)


def _enough(known: Answers) -> bool:
    """Say whether rows are enough, with something to tell apart; clusters are not compared with answers."""
    differ = known.problem == "clustering" or len(np.unique(known.values)) > 1
    return differ and len(known) >= _FEWEST_RECENT_ROWS


def _seen(model: Predictor, rows: Rows) -> Matrix | None:
    """Return the rows as a clustering sees them; other problems are measured by answers alone."""
    if rows.answers.problem != "clustering":
        return None
    return model.preparation.transform(rows.table, scaled=model.model.scaled)


def on_same_classes(model: Predictor, scores: Vector, known: Answers) -> Vector:
    """Return an earlier version's scores by the classes of today; of a class that it does not know, 0."""
    if known.problem != "multiclass":
        return scores
    found = np.zeros((len(scores), len(known.classes)))
    for place, name in enumerate(known.classes):
        if name in model.card.classes:
            found[:, place] = scores[:, model.card.classes.index(name)]
    return found
