"""What a model's errors cost the business, and the threshold at which they cost least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.evaluation.slices.scored import Scored
    from penstock.specs.evaluation import CostSpec
    from penstock.training.algorithms import Answers, Vector


class Cost(BaseModel):
    """Cost a test row: with the model, without it, and of a yes/no question at the best threshold.

    ``without_model`` is the cheapest answer that is the same for every row. The best threshold is the one
    that is cheapest on the validation rows.
    """

    model_config = ConfigDict(frozen=True)

    a_row: float
    without_model: float
    saved: float
    threshold: float | None = None
    best_threshold: float | None = None
    a_row_at_best_threshold: float | None = None


def cost(test: Scored, validation: Scored, *, spec: CostSpec, threshold: float) -> Cost:
    """Return what errors cost on the test rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from penstock.evaluation.slices import Scored
    >>> from penstock.specs import CostSpec
    >>> from penstock.training.algorithms import Answers
    >>> known = Answers("binary", np.array([True, False, False]))
    >>> rows = Scored(pa.table({}), known, np.array([0.4, 0.3, 0.1]))
    >>> found = cost(rows, rows, spec=CostSpec(false_negative=6), threshold=0.5)
    >>> found.a_row, found.best_threshold, found.a_row_at_best_threshold
    (2.0, 0.4, 0.0)
    """
    answers = test.answers
    if answers.problem == "binary":
        best = best_threshold(validation.answers.values, validation.scores, spec)
        truth = answers.values
        return _told(
            _binary(truth, test.scores >= threshold, spec),
            min(_binary(truth, np.full(len(truth), one), spec) for one in (True, False)),
            threshold=threshold,
            best_threshold=best,
            a_row_at_best_threshold=_binary(truth, test.scores >= best, spec),
        )
    if answers.problem == "multiclass":
        wrong = (test.scores.argmax(axis=1) != answers.values).mean()
        return _told(spec.error * float(wrong), spec.error * _rarest(answers))
    off = np.abs(test.scores - answers.values).mean()
    constant = np.abs(answers.values - np.median(validation.answers.values)).mean()
    return _told(spec.error * float(off), spec.error * float(constant))


def best_threshold(label: NDArray[np.bool_], score: Vector, spec: CostSpec) -> float:
    """Return the score from which on answering yes is cheapest, the highest of equally cheap ones.

    Above 1 no row is answered yes.
    """
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    raised, caught = np.cumsum(~label[order])[last], np.cumsum(label[order])[last]
    none = spec.false_negative * float(label.sum())
    costs = np.r_[none, spec.false_positive * raised + none - spec.false_negative * caught]
    place = int(costs.argmin())
    return float(score[order][last[place - 1]]) if place else float(np.nextafter(max(1.0, score.max()), 2.0))


def _binary(label: NDArray[np.bool_], said: NDArray[np.bool_], spec: CostSpec) -> float:
    raised, missed = float((~label & said).mean()), float((label & ~said).mean())
    return spec.false_positive * raised + spec.false_negative * missed


def _rarest(answers: Answers) -> float:
    """Return the share of rows that the most frequent class gets wrong."""
    known = answers.values[answers.values >= 0]
    return 1.0 - float(np.bincount(known, minlength=1).max()) / max(len(answers), 1)


def _told(with_model: float, without: float, **more: float) -> Cost:
    return Cost(a_row=with_model, without_model=without, saved=without - with_model, **more)
