"""Bias metrics of every declared facet, as Clarify writes them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.evaluation.fairness.catalogue import METRICS, Stage
from penstock.evaluation.fairness.facets import (
    conditions,
    favourable,
    favourable_name,
    favourably_predicted,
    groups_of,
    is_number,
)
from penstock.evaluation.fairness.rates import Groups, Unmeasurable
from penstock.training.arrow import numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.specs.evaluation import EvaluationSpec, Facet
    from penstock.training.algorithms import Answers, Vector

_NOTHING_SAID = (
    "No Label values are present in the predicted Label Column,"
    "Positive Predicted Index Series contains all False values"
)


class Bias(BaseModel):
    """One metric of one group; without a value, the reason in Clarify's words."""

    model_config = ConfigDict(frozen=True)

    facet: str
    group: str
    name: str
    description: str
    stage: Stage
    value: float | None
    error: str | None = None

    def document(self) -> dict[str, Any]:
        """Return it for ``analysis.json``; an infinite value is a word there, as JSON has none."""
        value: Any = self.value
        if value is not None and math.isinf(value):
            value = "Infinity" if value > 0 else "-Infinity"
        found = {"name": self.name, "description": self.description, "value": value}
        return found if self.error is None else {**found, "error": self.error}


@dataclass(frozen=True)
class Outcome:
    """Rows with their answers; after training also what is predicted of them.

    Parameters
    ----------
    table
        Holds the columns of the facets and of their conditions.
    answers
        The true ones.
    scores, threshold
        What the model predicts, and from where on a yes/no question is answered yes.
    inputs
        The model's raw columns, by which the flip test compares rows.
    """

    table: pa.Table
    answers: Answers
    scores: Vector | None = None
    threshold: float = 0.5
    inputs: tuple[str, ...] = ()


def bias_of(outcome: Outcome, spec: EvaluationSpec) -> tuple[Bias, ...]:
    """Measure every facet: by the labels, or by the predictions where there are some.

    Raises
    ------
    penstock.errors.InvalidSpec
        A facet or favourable answer does not fit the data.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from penstock.specs import EvaluationSpec
    >>> from penstock.training.algorithms import Answers
    >>> rows = pa.table({"sex": ["f", "f", "m", "m"]})
    >>> spec = EvaluationSpec(facets=[{"column": "sex", "values": ["f"]}])
    >>> found = bias_of(Outcome(rows, Answers("binary", np.array([True, False, True, True]))), spec)
    >>> {one.name: one.value for one in found}["DPL"]
    0.5
    """
    stage: Stage = "pre_training" if outcome.scores is None else "post_training"
    label = favourable(outcome.answers, spec)
    said = None
    if outcome.scores is not None:
        said = favourably_predicted(outcome.answers, outcome.scores, spec, outcome.threshold)
    return tuple(
        found
        for facet in spec.facets
        for name, groups in _rows_of(outcome, facet, label, said)
        for found in _measured(facet.column, name, stage, groups)
    )


def bias_document(
    outcome: Outcome, spec: EvaluationSpec, found: Sequence[Bias], label: str
) -> dict[str, Any]:
    """Return ``pre_training_bias_metrics`` or ``post_training_bias_metrics``."""
    facets: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        groups = facets.setdefault(one.facet, [])
        if not groups or groups[-1]["value_or_threshold"] != one.group:
            groups.append({"value_or_threshold": one.group, "metrics": []})
        groups[-1]["metrics"].append(one.document())
    return {
        "label": label,
        "label_value_or_threshold": favourable_name(outcome.answers, spec),
        "facets": facets,
    }


def _rows_of(
    outcome: Outcome, facet: Facet, label: NDArray[np.bool_], said: NDArray[np.bool_] | None
) -> Iterator[tuple[str, Groups | str]]:
    """Yield each group of a facet, or the reason why there is none."""
    known = outcome.table.column_names
    if facet.column not in known:
        yield ",".join(map(str, facet.values)), f"Facet column {facet.column} is not present in the dataset"
        return
    condition = conditions(outcome.table[facet.group]) if facet.group in known and facet.group else None
    compared = _numbers(outcome, facet.column)
    for group in groups_of(outcome.table[facet.column], facet):
        yield group.name, Groups(group.rows, label, said, condition, compared)


def _measured(facet: str, group: str, stage: Stage, groups: Groups | str) -> Iterator[Bias]:
    """Yield every metric of a stage."""
    for metric in METRICS.values():
        if metric.stage != stage:
            continue
        value, error = _value(metric.measure, groups)
        yield Bias(
            facet=facet, group=group, name=metric.name, description=metric.description, stage=stage,
            value=value, error=error,
        )  # fmt: skip


def _value(measure: Any, groups: Groups | str) -> tuple[float | None, str | None]:
    """Return a metric's value, or why it has none."""
    if isinstance(groups, str):
        return None, groups
    if groups.said is not None and not groups.said.any():
        return None, _NOTHING_SAID
    try:
        return float(measure(groups)), None
    except Unmeasurable as error:
        return None, str(error)


def _numbers(outcome: Outcome, facet: str) -> NDArray[Any] | None:
    """Return the model's columns without the facet, nulls as their median; None if one holds words."""
    names = [name for name in outcome.inputs if name != facet]
    if not all(is_number(outcome.table[name]) for name in names):
        return None
    rows = np.zeros((outcome.table.num_rows, len(names)))
    for place, name in enumerate(names):
        raw = numbers(outcome.table[name])
        known = raw[np.isfinite(raw)]
        rows[:, place] = np.where(np.isfinite(raw), raw, np.median(known) if len(known) else 0.0)
    return rows
