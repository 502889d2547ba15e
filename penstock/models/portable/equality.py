"""Whether an exported model predicts the same as the one that it was made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import DamagedData

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor

TOLERANCE = 1e-5
"""How far a score may be from the model's own, relative to the largest (at least one)."""
_AT_ONCE = 2_000

Answer = Callable[["pa.Table"], tuple["NDArray[np.float64]", "NDArray[Any] | None"]]
"""Scores and labels (none of a regression) of rows."""


class Equality(BaseModel):
    """How an exported model compared with the original, row by row.

    Attributes
    ----------
    rows
        How many were compared.
    largest_difference
        Between two scores, relative to the largest score (at least one).
    labels
        How many labels are different, apart from scores that lie on the border.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    largest_difference: float
    tolerance: float = TOLERANCE
    labels: int = 0

    @property
    def holds(self) -> bool:
        """Whether both predict the same."""
        return self.rows > 0 and self.largest_difference <= self.tolerance and not self.labels


def compared(predictor: Predictor, answer: Answer, table: pa.Table) -> Equality:
    """Let both predict the same rows.

    Raises
    ------
    DamagedData
        Their answers are not the same; nothing should be exported.
    """
    largest, difference, labels = 1.0, 0.0, 0
    for start in range(0, table.num_rows, _AT_ONCE):
        part = table.slice(start, _AT_ONCE)
        known = np.asarray(predictor.scores(part), dtype=np.float64)
        scores, named = answer(part)
        apart = np.abs(known - np.asarray(scores).reshape(known.shape))
        difference = max(difference, float(np.where(np.isnan(apart), np.inf, apart).max(initial=0.0)))
        largest = max(largest, float(np.abs(known).max(initial=0.0)))
        if named is not None:
            wanted, clear = _labelled(predictor, known)
            labels += int(((np.asarray(named).ravel() != wanted) & clear).sum())
    found = Equality(rows=table.num_rows, largest_difference=difference / largest, labels=labels)
    if not found.holds:
        raise DamagedData(
            "The exported model does not predict what the original does.",
            found=f"scores differ by up to {found.largest_difference:.3g}, {labels} other labels, "
            f"in {found.rows:,} rows",
            expected=f"at most {TOLERANCE:g}, and rows to compare",
            action="Nothing was written. Report the model's algorithm and hyper-parameters.",
        )
    return found


def _labelled(predictor: Predictor, scores: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the labels as serving gives them, and which do not lie on a border."""
    card = predictor.card
    if card.problem == "binary":
        clear = np.abs(scores - card.threshold) > TOLERANCE
        return (scores >= card.threshold).astype(np.int64), clear
    place, ranked = scores.argmax(axis=1), np.sort(scores, axis=1)
    clear = np.ones(len(scores), bool)
    if scores.shape[1] > 1:
        clear = (ranked[:, -1] - ranked[:, -2] > TOLERANCE) | (ranked[:, -1] == 0)
    if card.problem == "clustering":
        return np.where(scores.max(axis=1) > 0, place, -1), clear
    return np.array(card.classes, dtype=object)[place], clear
