"""What a counterfactual may change, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.specs.columns import curated_columns
from penstock.specs.sensitivity import on_demand_sensitivities, sensitivity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from penstock.specs import Contract, UseCase


class Limits(BaseModel):
    """Columns that may change, and the values that they may take.

    Attributes
    ----------
    immutable
        Columns that stay as they are.
    actionable
        The only columns that may change; all that are not immutable unless given.
    ranges
        Lowest and highest value of a number; None for no limit.
    levels
        The only words that a column may take.

    Examples
    --------
    >>> limits = Limits(immutable=("age",), ranges={"amount": (0, None)})
    >>> limits.may_change("age"), limits.may_change("amount")
    (False, True)
    >>> limits.allows("amount", np.array([-1.0, 5.0])).tolist()
    [False, True]
    """

    model_config = ConfigDict(frozen=True)

    immutable: tuple[str, ...] = ()
    actionable: tuple[str, ...] | None = None
    ranges: dict[str, tuple[float | None, float | None]] = {}
    levels: dict[str, tuple[str, ...]] = {}

    def fixing(self, columns: Iterable[str]) -> Limits:
        """Return limits by which some more columns stay as they are.

        Examples
        --------
        >>> Limits(immutable=("age",)).fixing({"sex", "age"}).immutable
        ('age', 'sex')
        """
        return self.model_copy(update={"immutable": tuple(sorted({*self.immutable, *columns}))})

    def may_change(self, column: str) -> bool:
        """Say whether a column may change."""
        return column not in self.immutable and (self.actionable is None or column in self.actionable)

    def allows(self, column: str, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Say which values a column may take."""
        found = np.ones(len(values), bool)
        if column in self.ranges:
            low, high = self.ranges[column]
            found &= (values >= (-np.inf if low is None else low)) & (
                values <= (np.inf if high is None else high)
            )
        if column in self.levels:
            found &= np.isin(values, self.levels[column])
        return found


def limits_of(use_case: UseCase) -> Limits:
    """Return the limits that a use case declares.

    What ``model.evaluation.immutable`` names does not change, nor what its contract calls personal or
    special, nor features that are as sensitive; numbers stay within rules ``between``, words within rules
    ``in_set``.
    """
    contract = use_case.contract(use_case.model.dataset)
    if contract is None:
        return Limits()
    fixed = {*_sensitive(use_case), *use_case.model.evaluation.immutable}
    ranges = {name: limits for name, limits in _ranges(contract).items() if name not in fixed}
    levels = {name: words for name, words in _levels(contract).items() if name not in fixed}
    return Limits(immutable=tuple(sorted(fixed)), ranges=ranges, levels=levels)


def _sensitive(use_case: UseCase) -> Iterator[str]:
    """Yield the columns and features that are sensitive."""
    contract = use_case.contract(use_case.model.dataset)
    for column in curated_columns(contract) if contract else ():
        if column.sensitivity != "none":
            yield column.name
    for view in use_case.model_views:
        read = use_case.contract(view.dataset)
        known = {column.name: column.sensitivity for column in curated_columns(read)} if read else {}
        yield from (one.name for one in view.features if sensitivity_of(one, view, known) != "none")
    yield from (name for name, (own, _) in on_demand_sensitivities(use_case).items() if own != "none")


def _ranges(contract: Contract) -> dict[str, tuple[float | None, float | None]]:
    """Return the ranges of rules ``between``."""
    rules = [rule.model_dump() for rule in contract.rules if (rule.kind, rule.name) == ("check", "between")]
    return {rule["column"]: (_limit(rule.get("minimum")), _limit(rule.get("maximum"))) for rule in rules}


def _levels(contract: Contract) -> dict[str, tuple[str, ...]]:
    """Return the words of rules ``in_set``."""
    rules = [rule.model_dump() for rule in contract.rules if (rule.kind, rule.name) == ("check", "in_set")]
    return {rule["column"]: tuple(map(str, rule["values"])) for rule in rules}


def _limit(value: Any) -> float | None:
    """Return a limit if it is a number; limits of dates do not concern a model's columns."""
    return float(value) if isinstance(value, int | float) else None
