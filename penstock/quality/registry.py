"""The checks that a contract may name, and their compilation."""

from __future__ import annotations

from penstock.errors import InvalidSpec
from penstock.quality.conditions import Cells, Check, Condition, invalid, looked_at
from penstock.quality.rules.between import BETWEEN
from penstock.quality.rules.in_set import IN_SET
from penstock.quality.rules.length import LENGTH
from penstock.quality.rules.matches import MATCHES
from penstock.quality.rules.not_before import NOT_BEFORE
from penstock.quality.rules.not_null import NOT_NULL
from penstock.quality.rules.row_count import ROW_COUNT
from penstock.quality.rules.type import TYPE
from penstock.quality.rules.unique import UNIQUE
from penstock.quality.types import cells_of, conditions_of
from penstock.specs import Contract, Rule

_CHECKS = {
    check.name: check
    for check in (BETWEEN, IN_SET, LENGTH, MATCHES, NOT_BEFORE, NOT_NULL, ROW_COUNT, TYPE, UNIQUE)
}


def check_names() -> list[str]:
    """Return the names of all checks, sorted.

    Examples
    --------
    >>> check_names()[:3]
    ['between', 'in_set', 'length']
    """
    return sorted(_CHECKS)


def check(name: str) -> Check:
    """Return a check by name.

    Raises
    ------
    InvalidSpec
        There is none of that name; the message lists those that there are.

    Examples
    --------
    >>> check("unique").title
    'No value, or combination of values, occurs twice'
    """
    if name not in _CHECKS:
        raise InvalidSpec("There is no such check.", found=name, expected=", ".join(check_names()))
    return _CHECKS[name]


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
        A rule names no known check, lacks what its check needs, or is put to a column of another type.

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
    return demanded + [_compile(rule, cells) for rule in _key_rule(contract) + list(contract.rules)]


def _key_rule(contract: Contract) -> list[Rule]:
    """Return the rule that keys do not repeat, unless the contract itself has it."""
    own = {frozenset(looked_at(rule)) for rule in contract.rules if rule.check == "unique"}
    if not contract.keys or frozenset(contract.keys) in own:
        return []
    return [Rule(check="unique", columns=contract.keys)]


def _compile(rule: Rule, cells: Cells) -> Condition:
    """Check that a rule has what its check needs, then compile it."""
    kind = check(rule.check)
    for need in kind.needs:
        if not any(getattr(rule, name) not in (None, ()) for name in need.split("|")):
            raise invalid(rule, f"no {need.replace('|', ' or ')}", expected=f"{rule.check} needs it")
    for name in looked_at(rule):
        if kind.types and cells[name].column.type not in kind.types:
            raise invalid(rule, f"{name} of type {cells[name].column.type}", expected=" or ".join(kind.types))
    return kind.compile(rule, cells)
