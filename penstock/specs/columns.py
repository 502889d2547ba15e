"""The columns of a dataset as its rules leave them."""

from __future__ import annotations

from penstock.specs.contract import Column, Contract
from penstock.specs.rule import in_order


def all_columns(contract: Contract) -> tuple[Column, ...]:
    """Return the columns that checks see, in order: the declared ones, then those that rules make.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal", columns=[{"name": "paid", "type": "date"}],
    ...     rules=[{"augment": "date_part", "column": "month", "of": "paid", "part": "month"}])
    >>> [(column.name, column.type) for column in all_columns(contract)]
    [('paid', 'date'), ('month', 'integer')]
    """
    columns = {column.name: column for column in contract.columns}
    for rule in in_order(contract.rules):
        columns |= {column.name: column for column in rule.made(columns)}
    return tuple(columns.values())


def curated_columns(contract: Contract) -> tuple[Column, ...]:
    """Return the columns of the curated data, in order: declared and made ones, without the dropped.

    A protected column has the type of its protected values.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "paid", "type": "date"}, {"name": "card", "type": "integer"}],
    ...     rules=[{"comply": "mask", "column": "card", "keep": 4}])
    >>> [(column.name, column.type) for column in curated_columns(contract)]
    [('paid', 'date'), ('card', 'string')]
    """
    kept = []
    for column in all_columns(contract):
        if column.protect == "hash":
            kept.append(column.model_copy(update={"type": "string"}))
        elif column.protect == "keep" and (left := _left(contract, column)):
            kept.append(left)
    return tuple(kept)


def protected_columns(contract: Contract) -> frozenset[str]:
    """Return the names of the columns whose values are not those that arrived.

    Examples
    --------
    >>> protected_columns(Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "id", "type": "string"},
    ...              {"name": "card", "type": "string", "protect": "hash"}]))
    frozenset({'card'})
    """
    declared = {column.name for column in contract.columns if column.protect != "keep"}
    ruled = {name for rule in contract.rules if rule.kind == "comply" for name in rule.reads()}
    return frozenset(declared | ruled)


def _left(contract: Contract, column: Column) -> Column | None:
    """Return what the rules leave of a column; None when one drops it."""
    for rule in contract.rules:
        if rule.kind == "comply" and column.name in rule.reads():
            return rule.kept(column)
    return column
