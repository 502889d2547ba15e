"""What a model decides, and when a decision is another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from penstock.explainability.mixing import CannotExplain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.serving.predictor import Prediction, Predictor
    from penstock.training.algorithms import Vector

    Target = int | str | tuple[float | None, float | None]


class Decision(Protocol):
    """A wanted answer, in terms of scores (rows by outputs)."""

    def turned(self, scores: Vector) -> NDArray[np.bool_]:
        """Say which rows have it."""

    def nearness(self, scores: Vector) -> Vector:
        """Say how near each row is to it: larger is nearer."""

    def is_turned(self, prediction: Prediction) -> bool:
        """Say whether an answer is it."""

    def how_near(self, nearness: float) -> str:
        """Say how near the nearest row came."""


def decision_of(predictor: Predictor, before: Prediction, target: Target | None) -> Decision:
    """Return the decision that is wanted in place of an answer.

    Raises
    ------
    CannotExplain
        There is no such answer, or the row has it already.
    """
    problem = predictor.card.problem
    if problem == "regression":
        found: Decision = _range(target)
    elif isinstance(target, tuple):
        raise CannotExplain("The model answers with a label, not with a value.", found=str(target))
    elif problem == "binary":
        found = _Threshold(predictor.card.threshold, _yes_or_no(target, before))
    else:
        found = _Class(*_places(predictor, before, target))
    if found.is_turned(before):
        raise CannotExplain(
            "The row is answered as wanted already.",
            found=str(before.score if before.label is None else before.label),
            expected="a target that the row does not have",
        )
    return found


@dataclass(frozen=True)
class _Threshold:
    """Yes or no."""

    threshold: float
    wanted: int

    def turned(self, scores: Vector) -> NDArray[np.bool_]:
        return np.asarray((scores[:, 0] >= self.threshold) == bool(self.wanted))

    def nearness(self, scores: Vector) -> Vector:
        return np.asarray(scores[:, 0] if self.wanted else -scores[:, 0])

    def is_turned(self, prediction: Prediction) -> bool:
        return prediction.label == self.wanted

    def how_near(self, nearness: float) -> str:
        return f"the nearest score is {abs(nearness):.3g}, the threshold {self.threshold:.3g}"


@dataclass(frozen=True)
class _Class:
    """A class or cluster: one that is wanted, or any but the row's own."""

    names: tuple[str, ...]
    own: int | None
    wanted: int | None

    def turned(self, scores: Vector) -> NDArray[np.bool_]:
        return np.asarray(self.nearness(scores) > 0)

    def nearness(self, scores: Vector) -> Vector:
        if self.wanted is not None:
            return np.asarray(scores[:, self.wanted] - np.delete(scores, self.wanted, axis=1).max(axis=1))
        if self.own is None:
            return np.asarray(scores.max(axis=1))
        return np.asarray(np.delete(scores, self.own, axis=1).max(axis=1) - scores[:, self.own])

    def is_turned(self, prediction: Prediction) -> bool:
        said = str(prediction.label)
        if self.wanted is not None:
            return said == self.names[self.wanted]
        return said in self.names and (self.own is None or said != self.names[self.own])

    def how_near(self, nearness: float) -> str:
        return f"the nearest row lacks {max(0.0, -nearness):.3g} of score"


@dataclass(frozen=True)
class _Range:
    """A value between two limits."""

    low: float
    high: float

    def turned(self, scores: Vector) -> NDArray[np.bool_]:
        return np.asarray((scores[:, 0] >= self.low) & (scores[:, 0] <= self.high))

    def nearness(self, scores: Vector) -> Vector:
        return -np.maximum(np.maximum(self.low - scores[:, 0], scores[:, 0] - self.high), 0.0)

    def is_turned(self, prediction: Prediction) -> bool:
        return self.low <= prediction.score <= self.high

    def how_near(self, nearness: float) -> str:
        return f"the nearest value is {-nearness:.3g} away from the target"


def _range(target: Target | None) -> _Range:
    """Read the limits of a value."""
    pair = target if isinstance(target, tuple | list) else ()
    if len(pair) != 2 or all(one is None for one in pair):  # noqa: PLR2004
        raise CannotExplain(
            "The counterfactual of a value needs a target.",
            found=str(target),
            expected="the lowest and highest value that is wanted, such as (None, 100)",
        )
    low, high = (float(one) if one is not None else None for one in pair)
    found = _Range(-np.inf if low is None else low, np.inf if high is None else high)
    if not found.low <= found.high:
        raise CannotExplain("The target's limits are the wrong way round.", found=str(target))
    return found


def _yes_or_no(target: Target | None, before: Prediction) -> int:
    """Read the label that is wanted: 0 or 1, the other one unless given."""
    if target is None:
        return 1 - int(before.label or 0)
    if str(target).lower() not in ("0", "1", "false", "true"):
        raise CannotExplain("There is no such answer.", found=str(target), expected="0 or 1")
    return int(str(target).lower() in ("1", "true"))


def _places(
    predictor: Predictor, before: Prediction, target: Target | None
) -> tuple[tuple[str, ...], int | None, int | None]:
    """Return all classes, the row's own, and the one that is wanted."""
    names = predictor.card.classes
    own = names.index(str(before.label)) if str(before.label) in names else None
    if target is None:
        return names, own, None
    if str(target) not in names:
        raise CannotExplain("There is no such class.", found=str(target), expected=", ".join(names))
    return names, own, names.index(str(target))
