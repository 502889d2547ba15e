"""What is told of the chosen model: SHAP values, reasons, curves, interactions and counterfactuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.explainability.background import background_of, without_infinities
from penstock.explainability.dependence import partial_dependences
from penstock.explainability.interplay import interactions
from penstock.explainability.meanings import meanings_of
from penstock.explainability.mixing import CannotExplain
from penstock.explainability.shapley import explain_table
from penstock.explainability.turning import counterfactual
from penstock.explainability.wording import reasons, sentence

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.explainability.exact import Contributions
    from penstock.explainability.explanation import Explanation, RowExplanation
    from penstock.explainability.limits import Limits
    from penstock.explainability.meanings import Meanings
    from penstock.serving.predictor import Predictor
    from penstock.specs import UseCase

_REASONS, _TURNED, _BUDGET = 5, 3, 5_000
_COLUMNS, _VALUES, _ROWS, _CURVES = 12, 20, 100, 10


@dataclass(frozen=True, eq=False)
class Told:
    """What is told of a model.

    Attributes
    ----------
    explanation
        SHAP values, global and of ten rows, with reasons in words; values of columns that the contract calls
        personal or special are withheld.
    contributions
        The values of all explained rows, by class.
    document
        The explanation for JSON, with ``counterfactuals`` and ``interactions``.
    dependence
        How the score moves with the strongest columns that may be told of.
    """

    explanation: Explanation
    contributions: Contributions
    document: dict[str, Any]
    dependence: dict[str, Any]


def tell(use_case: UseCase, model: Predictor, *, train: pa.Table, test: pa.Table) -> Told:
    """Explain a model on its test rows, compared with training rows where it must be asked.

    Parameters
    ----------
    use_case
        Says what columns mean, which are sensitive, and the seed.
    model
        The chosen model.
    train, test
        Raw rows.
    """
    seed, inputs, test = use_case.model.seed, model.inputs, without_infinities(test)
    background = background_of(train, inputs, seed=seed)
    meanings = meanings_of(use_case, train, inputs)
    found = explain_table(model, test, background=background, seed=seed)
    rows = tuple(_worded(row, meanings) for row in found.explanation.rows)
    explanation = found.explanation.model_copy(update={"rows": rows})
    turned = _turned(model, found.explanation.rows, background, limits=meanings.limits, seed=seed)
    strongest = tuple(explanation.global_shap)[:_COLUMNS]
    pairs = [one.model_dump(mode="json") for one in interactions(model, test, among=strongest)]
    document = explanation.model_dump(mode="json") | {"counterfactuals": turned, "interactions": pairs}
    curves = _dependence(model, test, meanings, tuple(explanation.global_shap))
    return Told(explanation, found.contributions, document, curves)


def _worded(row: RowExplanation, meanings: Meanings) -> RowExplanation:
    """Add reasons in words, and withhold what must not be told."""
    said = tuple(reasons(row, meanings, top=_REASONS))
    return row.model_copy(update={"values": meanings.masked(row.values), "reasons": said})


def _dependence(
    model: Predictor, test: pa.Table, meanings: Meanings, ranked: tuple[str, ...]
) -> dict[str, Any]:
    """Return the curves of the strongest columns that may be told of."""
    told = [name for name in ranked if name not in meanings.withheld][:_COLUMNS]
    curves = partial_dependences(model, test, told, values=_VALUES, rows=_ROWS, curves=_CURVES)
    return {
        "withheld": sorted(meanings.withheld & set(model.inputs)),
        "curves": [one.model_dump(mode="json") for one in curves],
    }


def _turned(
    model: Predictor,
    rows: tuple[RowExplanation, ...],
    background: pa.Table,
    *,
    limits: Limits,
    seed: int,
) -> list[dict[str, Any]]:
    """Find what would turn the answers of a few of the explained rows, spread over the scores."""
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(_TURNED, len(rows))).round().astype(int))
    middle = float(np.median([row.score for row in rows]))
    found = []
    for row in (rows[place] for place in chosen):
        try:
            one = counterfactual(
                model, row.values, background=background, limits=limits, budget=_BUDGET,
                seed=seed, target=_wanted(model, row.score, middle),
            )  # fmt: skip
        except CannotExplain as error:
            found.append({"row": row.row, "found": False, "reason": str(error), "sentence": str(error)})
            continue
        found.append({"row": row.row, **one.document(), "sentence": sentence(one)})
    return found


def _wanted(model: Predictor, score: float, middle: float) -> tuple[float | None, float | None] | None:
    """Return what is wanted of a value: the other side of the middle of the explained rows."""
    if model.card.problem != "regression":
        return None
    return (None, middle) if score > middle else (middle, None)
