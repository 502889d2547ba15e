"""A trained model with its preparation, ready to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from penstock.training.algorithms import Model, Vector, algorithm
from penstock.training.artefact import IMPORTED, PREPARATION, ModelCard, read_card
from penstock.training.instances import InvalidInstances, raw_instances
from penstock.training.preparation import Preparation

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.training.algorithms.imported import ImportedModel

NOISE = -1


@dataclass(frozen=True)
class Prediction:
    """The answer to one row.

    Parameters
    ----------
    score
        The probability of the positive class or of the predicted one, the value of a regression, or the
        membership in the cluster.
    label
        1 or 0 by the model's threshold, the name of the class, or the cluster's number (-1 for noise); None
        of a regression.
    scores
        The probability of each class of a multiclass problem.
    """

    score: float
    label: int | str | None = None
    scores: Mapping[str, float] | None = None

    def document(self) -> dict[str, Any]:
        """Return the answer for JSON, without what the problem does not have."""
        found = {"score": self.score, "label": self.label, "scores": self.scores}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Predictor:
    """A model that takes raw rows. Load it with :meth:`load`.

    Attributes
    ----------
    card
        What ``model.json`` says.
    preparation
        How raw columns become numbers.
    model
        The fitted algorithm.
    """

    card: ModelCard
    preparation: Preparation
    model: Model

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Predictor:
        """Verify a model's folder by its hashes and read it. Nothing is unpickled.

        Parameters
        ----------
        folder
            Holds ``model.json`` and the files that it names.
        threads
            Cores for one prediction; one is fastest for few rows.

        Raises
        ------
        penstock.training.artefact.BrokenModel
            A file is missing or changed, or the format is another.
        """
        card = read_card(folder)
        model = algorithm(card.algorithm).load(folder, threads=threads)
        kind = ImportedPredictor if card.algorithm == IMPORTED else cls
        return kind(card, Preparation.read(folder / PREPARATION), model)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the raw columns, in the model's order."""
        return tuple(column.name for column in self.card.columns)

    def predict(self, instances: Sequence[Mapping[str, Any]]) -> list[Prediction]:
        """Answer rows given as mappings; None is null.

        Raises
        ------
        penstock.training.instances.InvalidInstances
            Columns are missing, unknown, or hold a value of another type.
        """
        return [self._prediction(score) for score in self._asked(instances).tolist()] if instances else []

    def _asked(self, instances: Sequence[Mapping[str, Any]]) -> Vector:
        """Return the scores of rows given as mappings."""
        return self.model.scores(self.preparation.transform_instances(instances, scaled=self.model.scaled))

    def scores(self, table: pa.Table) -> Vector:
        """Return what is predicted of each row of an Arrow table, as the problem has it.

        Binary: P(positive). Regression: the value. Multiclass, clustering: rows by ``card.classes``.
        """
        return self.model.scores(self.preparation.transform(table, scaled=self.model.scaled))

    def _prediction(self, score: Any) -> Prediction:
        """Return the answer of one row's scores."""
        if self.card.problem == "binary":
            return Prediction(score, int(score >= self.card.threshold))
        if self.card.problem == "regression":
            return Prediction(score)
        place = max(range(len(score)), key=score.__getitem__)
        if self.card.problem == "clustering":
            return Prediction(score[place], place if score[place] > 0 else NOISE)
        return Prediction(
            score[place], self.card.classes[place], dict(zip(self.card.classes, score, strict=True))
        )


@dataclass(frozen=True)
class ImportedPredictor(Predictor):
    """A model that was made elsewhere and takes raw rows itself.

    The preparation, which is the run's, says how an instance's values are checked, and encodes rows for those
    who measure clusterings; the model does not see what it makes.
    """

    def _asked(self, instances: Sequence[Mapping[str, Any]]) -> Vector:
        """Refuse rows that the model has no answer for."""
        columns = self.preparation.columns
        frame = raw_instances(columns, instances)
        try:
            found = self._imported.answer(frame)
        except Exception as error:
            raise InvalidInstances(
                "The model cannot answer these rows.",
                found=f"{type(error).__name__}: {error}"[:200],
                action="See for nulls and for values that it was not made for.",
            ) from error
        if not np.isfinite(found).all():
            number = int(np.argmin(np.isfinite(found).reshape(len(found), -1).all(axis=1)))
            raise InvalidInstances(
                "The model has no answer for a row.",
                where=f"instance {number}",
                action="See for nulls and for values that it was not made for.",
            )
        return found

    def scores(self, table: pa.Table) -> Vector:
        """Return what is predicted of each row of an Arrow table, as the problem has it.

        A row that the model has no answer for has the mean of its answers.
        """
        from penstock.training.imported.frame import read_frame

        return self._imported.answer_all(read_frame(self.preparation.columns, table))

    @property
    def _imported(self) -> ImportedModel:
        return cast("ImportedModel", self.model)
