"""Models that were made elsewhere: their file answers raw rows, and nothing is learnt here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from penstock.training.imported.facts import ImportedFacts
from penstock.training.imported.formats import open_model
from penstock.training.imported.outputs import mapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.training.algorithms import Matrix, Output, Vector
    from penstock.training.imported.frame import Frame
    from penstock.training.imported.native import Native

_LOG = logging.getLogger("penstock.imported")
scaled = True
_OUTPUTS: dict[str, Output] = {
    "binary": "probability",
    "multiclass": "probability",
    "regression": "value",
    "clustering": "membership",
}


@dataclass(frozen=True)
class ImportedModel:
    """An imported model's open file.

    ``scaled`` is of the matrix that clusterings are measured by; the model itself never sees one.
    """

    facts: ImportedFacts
    native: Native
    scaled: ClassVar[bool] = True

    @property
    def output(self) -> Output:
        """What it answers."""
        return _OUTPUTS[self.facts.problem]

    def answer(self, frame: Frame) -> Vector:
        """Return what is predicted of raw rows, as :meth:`penstock.training.algorithms.Model.scores`.

        NaN where the model has no answer; what its library raises is not caught.
        """
        found = self.native.answers(frame, self.facts.columns)
        return mapped(found, self.facts.problem, self.facts.order, self.facts.clusters)

    def answer_all(self, frame: Frame) -> Vector:
        """Do the same for rows of which the model may refuse some: these have the usual answer.

        An evaluation disturbs rows, with nulls for one, and a model that was made for others stops at them.
        """
        rows = len(next(iter(frame.values())))
        usual = np.array(self.facts.usual)
        found = np.tile(usual, (rows, 1)) if len(usual) > 1 else np.full(rows, usual[0])
        for place, answered in self._pieces(frame, np.arange(rows)):
            known = np.isfinite(answered).reshape(len(answered), -1).all(axis=1)
            found[place[known]] = answered[known]
        return found

    def _pieces(self, frame: Frame, place: NDArray[Any]) -> Iterator[tuple[NDArray[Any], Vector]]:
        """Yield answers of as many rows at once as the model takes."""
        try:
            yield place, self.answer(_taken(frame, place))
        except Exception as error:
            absent = _nulls(frame, self.facts.columns)[place]
            if len(place) == 1:
                _LOG.debug("a row has no answer: %s", error)
            elif absent.any() and not absent.all():
                yield from self._pieces(frame, place[~absent])
                yield from self._pieces(frame, place[absent])
            elif not absent.any() or self._takes(frame, place[:1]):
                half = len(place) // 2
                yield from self._pieces(frame, place[:half])
                yield from self._pieces(frame, place[half:])

    def _takes(self, frame: Frame, place: NDArray[Any]) -> bool:
        """Say whether a row has an answer."""
        return any(True for _ in self._pieces(frame, place))

    def scores(self, matrix: Matrix) -> Vector:
        """Refuse encoded rows: they are not what the model takes."""
        raise TypeError("an imported model takes raw rows: use the predictor's scores(table)")

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Refuse: nothing is known of what is inside; it is explained by what it answers."""
        raise TypeError("an imported model is explained model-agnostically")

    def save(self, folder: Path) -> None:
        """Refuse: the file is kept as it was brought in."""
        raise TypeError("an imported model is not written again")


def _taken(frame: Frame, place: NDArray[Any]) -> Frame:
    """Return some rows."""
    return {name: values[place] for name, values in frame.items()}


def _nulls(frame: Frame, columns: tuple[str, ...]) -> NDArray[np.bool_]:
    """Say of each row whether a column that the model takes is null."""
    found = [
        np.array([value is None for value in frame[name].tolist()])
        if frame[name].dtype == object
        else np.isnan(frame[name])
        for name in columns
    ]
    return np.asarray(np.any(found, axis=0))


def load(folder: Path, *, threads: int) -> ImportedModel:
    """Open the file of a model's folder."""
    facts = ImportedFacts.read(folder)
    native = open_model(
        folder / facts.file, facts.kind, trusted=facts.source.trusted, problem=facts.problem, threads=threads
    )
    return ImportedModel(facts, native)
