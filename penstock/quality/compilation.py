"""The compilation of a contract's checks."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.quality.conditions import Cells, Check, Condition, found, invalid
from penstock.quality.context import Context
from penstock.quality.types import cells_of, conditions_of
from penstock.specs import Contract
from penstock.specs.rule import parse_rule
from penstock.tables import literal

_NOTHING = Context()


def compile_contract(contract: Contract, context: Context = _NOTHING) -> list[Condition]:
    """Compile a contract's columns and rules into conditions on a table of texts.

    Parameters
    ----------
    contract
        Declares columns, keys and rules.
    context
        What checks need beside the rows.

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
    demanded = [condition for cell in cells.values() for condition in conditions_of(cell, contract)]
    return demanded + compile_checks(contract, cells, context)


def compile_typed(contract: Contract, cells: Cells, context: Context = _NOTHING) -> list[Condition]:
    """Compile a contract's columns and rules into conditions on typed data.

    Parameters
    ----------
    contract
        Declares columns, keys and rules.
    cells
        The columns that are there (see :func:`~penstock.quality.typed.typed_rows`). Whatever is asked of
        another one is broken, for that reason.
    context
        What checks need beside the rows.
    """
    demanded = [
        condition
        for column in contract.columns
        for condition in _demands(contract, cells, column.name, needed=column.key or not column.nullable)
    ]
    return demanded + compile_checks(contract, cells, context)


def compile_checks(contract: Contract, cells: Cells, context: Context = _NOTHING) -> list[Condition]:
    """Compile the check of the keys, and the rules of the kind check in their order."""
    checks = _key_check(contract) + [rule for rule in contract.rules if isinstance(rule, Check)]
    return [condition for check in checks for condition in _compile(check, cells, context)]


def _demands(contract: Contract, cells: Cells, name: str, *, needed: bool) -> Iterator[Condition]:
    """Yield what a column's declaration demands of typed data."""
    if name not in cells:
        yield absent("type", name)
        return
    cell = cells[name]
    if cell.raw and cell.raw != cell.typed:
        reason = found(cells, (name,), cell.column.type)
        yield Condition(
            "type", (name,), f"(NOT {cell.missing} OR {cell.nothing})", reason, missing=cell.nothing
        )
    if needed and not contract.changes:
        reason = literal(f"column {name}: found nothing, expected a value")
        yield Condition("not_null", (name,), f"(NOT {cell.nothing})", reason)


def absent(check: str, *names: str) -> Condition:
    """Make the condition on columns that are not there; it is broken."""
    reason = literal(f"column {', '.join(names)}: not in the data")
    return Condition(check, names, "FALSE", reason, severity="refuse", scope="file")


def _key_check(contract: Contract) -> list[Check]:
    """Return the check that keys do not repeat, unless the contract itself has it, or they may (changes)."""
    own = {frozenset(rule.reads()) for rule in contract.rules if rule.name == "unique"}
    if not contract.keys or contract.changes or frozenset(contract.keys) in own:
        return []
    rule = parse_rule({"check": "unique", "columns": contract.keys})
    return [rule] if isinstance(rule, Check) else []


def _compile(check: Check, cells: Cells, context: Context) -> list[Condition]:
    """Make sure that a check is put to columns of its types, then compile it."""
    missing = [name for name in check.reads() if name not in cells]
    if missing:
        return [absent(check.name, *missing)]
    for name, types in check.accepts().items():
        if cells[name].column.type not in types:
            wrong = f"{name} of type {cells[name].column.type}"
            raise invalid(check, wrong, expected=" or ".join(types))
    return list(check.in_context(cells, context))
