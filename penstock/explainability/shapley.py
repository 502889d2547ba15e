"""SHAP values of a model's predictions, added up to the columns that people know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penstock.explainability.agnostic import least_budget
from penstock.explainability.background import background_of
from penstock.explainability.exact import Contributions, additivity, exact_contributions, tells_itself
from penstock.explainability.explainer import Explainer, told_rows
from penstock.explainability.explanation import Explanation, NotAdditive, RowExplanation

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Vector

__all__ = ["Explained", "Explanation", "NotAdditive", "RowExplanation", "explain", "explain_table"]
_ASKED_ROWS, _ASKED_BUDGET, _FEWEST = 50, 4_000, 5
"""Rows of a model that must be asked, rows that it is asked for to explain each; the fewest if it is wide."""


@dataclass(frozen=True, eq=False)
class Explained:
    """An explanation, and the values of all rows and classes that it is made of."""

    explanation: Explanation
    contributions: Contributions


def explain(
    predictor: Predictor,
    table: pa.Table,
    *,
    rows: int = 10,
    sample: int = 500,
    background: pa.Table | None = None,
    seed: int = 7,
) -> Explanation:
    """Explain a model on a table.

    Parameters
    ----------
    predictor
        The model.
    table
        Raw rows; at most ``sample`` of them, evenly spaced, are explained (fewer of a model that tells no
        values of its own and must be asked thousands of times a row).
    rows
        How many of those are reported one by one: evenly spaced over the range of scores.
    sample
        How many rows the global values are the mean of.
    background
        What a model that tells no values of its own is compared with; rows of the table unless given.
    seed
        Of what is drawn at random where the model must be asked.

    Raises
    ------
    NotAdditive
        Base value and SHAP values do not add up to the model's output.
    """
    found = explain_table(predictor, table, rows=rows, sample=sample, background=background, seed=seed)
    return found.explanation


def explain_table(
    predictor: Predictor,
    table: pa.Table,
    *,
    rows: int = 10,
    sample: int = 500,
    background: pa.Table | None = None,
    seed: int = 7,
) -> Explained:
    """Explain a model as :func:`explain` does, and return the values of all explained rows, too."""
    itself = tells_itself(predictor)
    budget = max(_ASKED_BUDGET, least_budget(len(predictor.inputs)))
    asked = max(_FEWEST, _ASKED_ROWS * _ASKED_BUDGET // budget)
    chosen = table.take(_spaced(table.num_rows, sample if itself else min(sample, asked)))
    if itself:
        matrix = predictor.preparation.transform(chosen, scaled=predictor.model.scaled)
        scores, found = predictor.model.scores(matrix), exact_contributions(predictor, matrix)
    else:
        usual = background_of(table, predictor.inputs, seed=seed) if background is None else background
        found, scores = Explainer(predictor, usual, seed=seed, budget=budget).against(chosen)
    return Explained(_summed_up(predictor, chosen, found, scores, rows), found)


def _summed_up(
    predictor: Predictor, table: pa.Table, found: Contributions, scores: Vector, rows: int
) -> Explanation:
    """Check values of rows, and take means of their sizes."""
    error = additivity(found, scores)
    names, several = predictor.inputs, len(found.base) > 1
    classes = predictor.card.classes if several else ()
    by_class = np.abs(found.values).mean(axis=0)
    local = np.argsort(scores.reshape(len(scores), -1).max(axis=1), kind="stable")[_spaced(len(scores), rows)]
    raw = table.select(list(names)).take(local).to_pylist()
    return Explanation(
        method=found.method,
        output=found.unit,
        base_value=float(found.base.mean()),
        base_values=dict(zip(classes, found.base.tolist(), strict=True)) if several else {},
        rows_explained=len(scores),
        largest_additivity_error=error,
        global_shap=_ranked(names, by_class.mean(axis=0)),
        global_shap_by_class={
            name: _ranked(names, mean) for name, mean in zip(classes, by_class, strict=several)
        },
        rows=tuple(told_rows(predictor, found, scores, local, raw)),
    )


def _ranked(names: tuple[str, ...], values: Vector) -> dict[str, float]:
    """Return values by name, the largest first."""
    return {names[n]: float(values[n]) for n in np.argsort(-values, kind="stable")}


def _spaced(count: int, wanted: int) -> NDArray[np.int64]:
    """Return at most ``wanted`` positions, evenly spaced from first to last."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))
