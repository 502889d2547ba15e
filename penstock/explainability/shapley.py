"""SHAP values of a model's predictions, added up to the columns that people know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import PenstockError
from penstock.training.algorithms import sigmoid

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Vector

_TOLERANCE = 1e-4
"""Boosters sum in single precision."""


class NotAdditive(PenstockError):
    """SHAP values do not add up to the prediction: the explanation would be wrong."""


class RowExplanation(BaseModel):
    """One prediction: the row's values, each column's SHAP value, and what they add up to."""

    model_config = ConfigDict(frozen=True)

    row: int
    values: dict[str, Any]
    shap: dict[str, float]
    output: float
    score: float


class Explanation(BaseModel):
    """Global and local SHAP values in units of ``output``, relative to ``base_value``.

    ``global_shap`` is the mean absolute SHAP value a column, largest first.
    """

    model_config = ConfigDict(frozen=True)

    method: str = "exact SHAP values of the model, one-hot columns summed to their source"
    output: str
    base_value: float
    rows_explained: int
    largest_additivity_error: float
    global_shap: dict[str, float]
    rows: tuple[RowExplanation, ...]


def explain(predictor: Predictor, table: pa.Table, *, rows: int = 10, sample: int = 500) -> Explanation:
    """Explain a model on a table.

    Parameters
    ----------
    predictor
        The model.
    table
        Raw rows; at most ``sample`` of them, evenly spaced, are explained.
    rows
        How many of those are reported one by one: evenly spaced over the range of scores.
    sample
        How many rows the global values are the mean of.

    Raises
    ------
    NotAdditive
        Base value and SHAP values do not add up to the model's output.
    """
    chosen = table.take(_spaced(table.num_rows, sample))
    matrix = predictor.preparation.transform(chosen, scaled=predictor.model.scaled)
    encoded, base = predictor.model.contributions(matrix)
    scores = predictor.model.scores(matrix)
    values = _by_source(encoded, predictor.preparation.sources, len(predictor.preparation.columns))
    error = _additivity(values, base, scores, predictor.model.output)
    names = predictor.preparation.inputs
    raw = chosen.select(list(names)).to_pylist()
    mean = np.abs(values).mean(axis=0)
    local = np.argsort(scores, kind="stable")[_spaced(len(scores), rows)]
    return Explanation(
        output=predictor.model.output,
        base_value=base,
        rows_explained=len(scores),
        largest_additivity_error=error,
        global_shap={names[n]: float(mean[n]) for n in np.argsort(-mean, kind="stable")},
        rows=tuple(_row(int(n), raw[n], values[n], base=base, score=float(scores[n])) for n in local),
    )


def _spaced(count: int, wanted: int) -> NDArray[np.int64]:
    """Return at most ``wanted`` positions, evenly spaced from first to last."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))


def _by_source(encoded: Vector, sources: NDArray[np.int64], count: int) -> Vector:
    """Sum the values of matrix columns that came from the same raw column."""
    values = np.zeros((count, len(encoded)))
    np.add.at(values, sources, encoded.T)
    return values.T


def _additivity(values: Vector, base: float, scores: Vector, output: str) -> float:
    """Check, as probabilities, that base value and SHAP values add up; return the largest error."""
    total = values.sum(axis=1) + base
    error = float(np.abs((sigmoid(total) if output == "log_odds" else total) - scores).max())
    if error > _TOLERANCE:
        raise NotAdditive(
            "SHAP values do not add up to the prediction.",
            found=f"off by {error:.3g}",
            expected=f"at most {_TOLERANCE:.3g}",
        )
    return error


def _row(number: int, raw: dict[str, Any], values: Vector, *, base: float, score: float) -> RowExplanation:
    """Describe one prediction."""
    shap = dict(zip(raw, map(float, values), strict=True))
    return RowExplanation(row=number, values=raw, shap=shap, output=base + float(values.sum()), score=score)
