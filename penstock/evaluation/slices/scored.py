"""Rows with their true answers and a model's scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.training.algorithms import Answers, Vector


@dataclass(frozen=True)
class Scored:
    """Rows of one part, their true answers and what the model predicts."""

    table: pa.Table
    answers: Answers
    scores: Vector

    def only(self, rows: NDArray[Any]) -> Scored:
        """Keep rows by position."""
        answers = replace(self.answers, values=self.answers.values[rows])
        return Scored(self.table.take(rows), answers, self.scores[rows])
