"""A model of which nothing is known but its answers: any function of raw columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from penstock.serving.predictor import NOISE, Prediction
from penstock.specs import Candidate
from penstock.training.artefact import ModelCard, ModelColumn


@dataclass(frozen=True)
class Asked:
    """Answers by a function of columns (numbers with NaN, words as objects): scores, or rows by classes."""

    card: ModelCard
    function: Callable[..., np.ndarray]

    @property
    def inputs(self):
        return tuple(column.name for column in self.card.columns)

    def scores(self, table: pa.Table):
        columns = (
            np.array(table[one.name].to_pylist(), dtype=object if one.type == "string" else float)
            for one in self.card.columns
        )
        return np.asarray(self.function(*columns), dtype=float)

    def predict(self, instances):
        scores = self.scores(pa.table({name: [row[name] for row in instances] for name in self.inputs}))
        return [self._prediction(score) for score in scores.tolist()]

    def _prediction(self, score):
        if self.card.problem == "regression":
            return Prediction(score)
        if self.card.problem == "binary":
            return Prediction(score, int(score >= self.card.threshold))
        place = int(np.argmax(score))
        if self.card.problem == "clustering":
            return Prediction(score[place], place if score[place] > 0 else NOISE)
        return Prediction(score[place], self.card.classes[place])


def asked(function, columns, *, problem="regression", classes=()):
    """Make a model of a function; ``columns`` maps names to types."""
    return Asked(
        ModelCard(
            algorithm="function",
            candidate=Candidate(name="c", algorithm="prior"),
            columns=tuple(ModelColumn(name=name, type=kind) for name, kind in columns.items()),
            problem=problem, classes=classes, seed=1, threads=1, libraries={}, files={},
        ),
        function,
    )  # fmt: skip
