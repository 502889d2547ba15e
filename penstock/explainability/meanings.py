"""What a model's columns mean and what is usual in them: what reasons in words are made of.

Written beside the background into the model's package, so that an endpoint can say reasons without the use
case. Of columns that the contract calls personal or special nothing is kept but the meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.explainability.limits import Limits, limits_of
from penstock.specs.columns import curated_columns
from penstock.specs.features import Sensitivity
from penstock.specs.model import Problem
from penstock.specs.sensitivity import column_sensitivities, on_demand_sensitivities, sensitivity_of

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.specs import UseCase

MEANINGS = "meanings.json"
"""Name of the file in a model's folder."""
WITHHELD = "***"
"""What stands in place of a value that must not be told."""
_MOST_LEVELS = 30
_LEAST_SHARE = 0.005


class Meaning(BaseModel):
    """One column: what it is, and what training rows usually hold.

    Attributes
    ----------
    low, median, high
        Quartiles of a number.
    shares
        How frequent each word or truth value is, the most frequent first; rare ones are left out.
    """

    model_config = ConfigDict(frozen=True)

    meaning: str = ""
    unit: str = ""
    sensitivity: Sensitivity = "none"
    low: float | None = None
    median: float | None = None
    high: float | None = None
    shares: dict[str, float] = {}


class Meanings(BaseModel):
    """``meanings.json``: what is predicted, and what each column means.

    Attributes
    ----------
    outcome
        What the score is, as the object of a sentence; several classes or clusters are named by the answer.
    unit
        Of a regression's value.
    limits
        What a counterfactual may change, and how far.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal["penstock-meanings/1"] = "penstock-meanings/1"
    problem: Problem = "binary"
    outcome: str = "the score"
    unit: str = ""
    columns: dict[str, Meaning] = {}
    limits: Limits = Limits()

    def of(self, column: str) -> Meaning:
        """Return what is known of a column, which may be nothing."""
        return self.columns.get(column) or Meaning()

    @property
    def withheld(self) -> frozenset[str]:
        """Columns whose values must not be told."""
        return frozenset(name for name, one in self.columns.items() if one.sensitivity != "none")

    def masked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row with ``WITHHELD`` in place of values that must not be told; null stays null.

        Examples
        --------
        >>> Meanings(columns={"city": Meaning(sensitivity="personal")}).masked({"city": "Bonn", "a": 1})
        {'city': '***', 'a': 1}
        """
        hidden = self.withheld
        return {name: WITHHELD if name in hidden and one is not None else one for name, one in values.items()}


def meanings_of(use_case: UseCase, table: pa.Table, inputs: Sequence[str]) -> Meanings:
    """Return what the specification and the training rows say of a model's columns.

    Parameters
    ----------
    use_case
        Has meanings, units and sensitivities of columns and features, and the target.
    table
        Training rows.
    inputs
        The model's raw columns.
    """
    known = _declared(use_case)
    outcome, unit = _outcome(use_case)
    return Meanings(
        problem=use_case.model.problem,
        outcome=outcome,
        unit=unit,
        columns={name: _with_values(known.get(name) or Meaning(), table[name]) for name in inputs},
        limits=_limits(use_case, inputs),
    )


def write_meanings(folder: Path, meanings: Meanings) -> Path:
    """Write the meanings into a model's folder; equal ones give equal bytes."""
    path = folder / MEANINGS
    path.write_text(meanings.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def read_meanings(folder: Path) -> Meanings:
    """Read the meanings of a model's folder; empty ones if the package has none."""
    path = folder / MEANINGS
    return Meanings.model_validate_json(path.read_bytes()) if path.is_file() else Meanings()


def _limits(use_case: UseCase, inputs: Sequence[str]) -> Limits:
    """Return the limits of the model's columns."""
    found = limits_of(use_case)
    return Limits(
        immutable=tuple(name for name in found.immutable if name in inputs),
        ranges={name: one for name, one in found.ranges.items() if name in inputs},
        levels={name: one for name, one in found.levels.items() if name in inputs},
    )


def _declared(use_case: UseCase) -> dict[str, Meaning]:
    """Return what is declared of columns and features; a feature goes before a column of the same name."""
    contract = use_case.contract(use_case.model.dataset)
    found = {
        column.name: Meaning(meaning=column.meaning, unit=column.unit, sensitivity=column.sensitivity)
        for column in (curated_columns(contract) if contract else ())
    }
    for view in use_case.model_views:
        columns = column_sensitivities(use_case.contract(view.dataset))
        for one in view.features:
            own = sensitivity_of(one, view, columns)
            found[one.name] = Meaning(meaning=one.meaning, unit=one.unit, sensitivity=own)
    sensitivities = on_demand_sensitivities(use_case)
    for feature in use_case.model_on_demand:
        own, _ = sensitivities[feature.name]
        found[feature.name] = Meaning(meaning=feature.meaning, unit=feature.unit, sensitivity=own)
    return found


def _outcome(use_case: UseCase) -> tuple[str, str]:
    """Say what is predicted, and in which unit."""
    model = use_case.model
    if model.target is None or model.problem == "multiclass":
        return {"clustering": "the membership"}.get(model.problem, "the probability"), ""
    column, contract = model.target.column, use_case.contract(model.dataset)
    unit = next((one.unit for one in contract.columns if one.name == column), "") if contract else ""
    if model.problem == "regression":
        return f"the predicted {column}", unit
    if model.target.above is not None:
        limit = f"{model.target.above:g} {unit}".strip() if model.target.above else "0"
        return f"the probability that {column} is above {limit}", ""
    return f"the probability of {column}", ""


def _with_values(meaning: Meaning, column: pa.ChunkedArray) -> Meaning:
    """Add what is usual in a column, unless its values must not be told."""
    import pyarrow as pa

    from penstock.training.arrow import known_numbers

    if meaning.sensitivity != "none":
        return meaning
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return meaning.model_copy(update={"shares": _shares(column)})
    found = known_numbers(column)
    found = found[np.isfinite(found)]
    if not len(found):
        return meaning
    low, median, high = np.quantile(found, [0.25, 0.5, 0.75]).tolist()
    return meaning.model_copy(update={"low": low, "median": median, "high": high})


def _shares(column: pa.ChunkedArray) -> dict[str, float]:
    """Return how frequent the words of a column are."""
    counts: Any = import_module("penstock.training.arrow").count_words(column)
    frequent = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:_MOST_LEVELS]
    return {word: n / len(column) for word, n in frequent if n >= _LEAST_SHARE * len(column)}
