"""The compilation of a contract's checks."""

from __future__ import annotations

from penstock.quality.conditions import Cells, Check, ColumnCheck, Condition, invalid
from penstock.quality.types import cells_of, conditions_of
from penstock.specs import Contract
from penstock.specs.rule import parse_rule


def compile_contract(contract: Contract) -> list[Condition]:
    """Compile a contract's columns and rules into conditions.

    Parameters
    ----------
    contract
        Declares columns, keys and rules.

    Returns
    -------
    list of Condition
        What the columns' declarations demand, that keys do not repeat, then the rules in their order.
        They speak of a column by its place: ``c0`` is the text of the first, ``t0`` its typed value
        (see :func:`~penstock.quality.source`).

    Raises
    ------
    InvalidSpec
        A check is put to a column of another type, or its values do not fit the column.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "id", "type": "string", "key": True}, {"name": "amount", "type": "decimal"}],
    ...     rules=[{"check": "between", "column": "amount", "minimum": 0}])
    >>> [(condition.check, condition.columns) for condition in compile_contract(contract)]
    [('not_null', ('id',)), ('type', ('amount',)), ('unique', ('id',)), ('between', ('amount',))]
    """
    cells = cells_of(contract)
    demanded = [
        condition
        for cell in cells.values()
        for condition in conditions_of(cell, required=cell.column.key or not cell.column.nullable)
    ]
    checks = _key_check(contract) + [rule for rule in contract.rules if isinstance(rule, Check)]
    return demanded + [condition for check in checks for condition in _compile(check, cells)]


def _key_check(contract: Contract) -> list[Check]:
    """Return the check that keys do not repeat, unless the contract itself has it."""
    own = {frozenset(rule.reads()) for rule in contract.rules if rule.name == "unique"}
    if not contract.keys or frozenset(contract.keys) in own:
        return []
    rule = parse_rule({"check": "unique", "columns": contract.keys})
    return [rule] if isinstance(rule, Check) else []


def _compile(check: Check, cells: Cells) -> list[Condition]:
    """Make sure that a check is put to columns of its types, then compile it."""
    if isinstance(check, ColumnCheck) and check.types:
        for name in check.looked_at():
            if cells[name].column.type not in check.types:
                wrong = f"{name} of type {cells[name].column.type}"
                raise invalid(check, wrong, expected=" or ".join(check.types))
    return list(check.conditions(cells))
