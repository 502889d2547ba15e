"""What an explanation is: of one row, and of a model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import PenstockError

EXACT = "exact SHAP values of the model, one-hot columns summed to their source"


class NotAdditive(PenstockError):
    """SHAP values do not add up to the prediction: the explanation would be wrong."""


class RowExplanation(BaseModel):
    """One prediction: the row's values, each column's SHAP value, and what they add up to.

    Of several classes or clusters, ``label`` is the predicted one, which the values are about.

    Attributes
    ----------
    shap
        What each raw column adds to ``base_value``; together they are ``output``. In ``unit``.
    unit
        ``log_odds``, ``probability``, ``value``, ``membership``, or ``distance`` (negative, squared).
    effects
        What each column adds to ``base_score``; together they are ``score``, in ``score_unit``. Of
        log-odds these are the values that Aumann and Shapley's rule gives on the straight way from base to
        output; elsewhere they are ``shap``.
    error
        The largest standard error of the values; 0 where they are exact.
    evaluations
        How many rows the model was asked for; 0 where it tells its own values.
    """

    model_config = ConfigDict(frozen=True)

    row: int
    values: dict[str, Any]
    shap: dict[str, float]
    output: float
    score: float
    label: str | None = None
    base_value: float | None = None
    unit: str = ""
    effects: dict[str, float] = {}
    base_score: float | None = None
    score_unit: str = ""
    method: str = ""
    error: float = 0.0
    evaluations: int = 0
    reasons: tuple[str, ...] = ()
    """The same in words, the strongest first."""


class Explanation(BaseModel):
    """Global and local SHAP values in units of ``output``, relative to ``base_value``.

    ``global_shap`` is the mean absolute SHAP value a column, largest first; of several classes the mean over
    them too, and ``base_value`` is then the mean of ``base_values``; ``global_shap_by_class`` tells the
    classes apart.
    """

    model_config = ConfigDict(frozen=True)

    method: str = EXACT
    output: str
    base_value: float
    base_values: dict[str, float] = {}
    rows_explained: int
    largest_additivity_error: float
    global_shap: dict[str, float]
    global_shap_by_class: dict[str, dict[str, float]] = {}
    rows: tuple[RowExplanation, ...]
