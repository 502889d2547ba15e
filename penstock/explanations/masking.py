"""Which columns of a model must not be shown: those that the contract calls personal or special."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.specs.sensitivity import column_sensitivities, on_demand_sensitivities, sensitivity_of

if TYPE_CHECKING:
    from penstock.specs import UseCase


def masked_columns(use_case: UseCase) -> frozenset[str]:
    """Return the columns and features of a use case whose values are stored masked.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> "amount" in masked_columns(load_use_case(Path("examples/late_invoices")))
    False
    """
    found = dict(column_sensitivities(use_case.contract(use_case.model.dataset)))
    for view in use_case.model_views:
        columns = column_sensitivities(use_case.contract(view.dataset))
        found |= {feature.name: sensitivity_of(feature, view, columns) for feature in view.features}
    found |= {name: own for name, (own, _) in on_demand_sensitivities(use_case).items()}
    return frozenset(name for name, one in found.items() if one != "none")
