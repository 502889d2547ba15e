"""A trained model with its preparation, ready to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.training.algorithms import Model, Vector, algorithm
from penstock.training.artefact import PREPARATION, ModelCard, read_card
from penstock.training.preparation import Preparation

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Prediction:
    """The probability of the positive class, and 1 or 0 by the model's threshold."""

    score: float
    label: int


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
        return cls(card, Preparation.read(folder / PREPARATION), model)

    def predict(self, instances: Sequence[Mapping[str, Any]]) -> list[Prediction]:
        """Answer rows given as mappings; None is null.

        Raises
        ------
        penstock.training.instances.InvalidInstances
            Columns are missing, unknown, or hold a value of another type.
        """
        if not instances:
            return []
        scores = self.model.scores(self.preparation.transform_instances(instances, scaled=self.model.scaled))
        return [Prediction(score, int(score >= self.card.threshold)) for score in map(float, scores)]

    def scores(self, table: pa.Table) -> Vector:
        """Return the positive class's probability for each row of an Arrow table."""
        return self.model.scores(self.preparation.transform(table, scaled=self.model.scaled))
