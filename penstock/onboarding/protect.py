"""Protecting values on their way to curated data and quarantine."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from penstock.quality.conditions import Cell, invalid
from penstock.quality.pipeline import Change
from penstock.quality.rules.comply.drop import Drop
from penstock.quality.rules.comply.hash import Hash
from penstock.quality.transformation import Comply
from penstock.quality.types import cells_of
from penstock.specs import Contract
from penstock.tables import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def protections(contract: Contract) -> dict[str, Comply]:
    """Return the rule that protects each protected column, by rules and by ``protect`` in declarations.

    Raises
    ------
    InvalidSpec
        A rule is put to a column that it cannot protect.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "id", "type": "string", "protect": "hash"}, {"name": "card", "type": "string"}],
    ...     rules=[{"comply": "mask", "column": "card", "keep": 4}])
    >>> {name: rule.name for name, rule in protections(contract).items()}
    {'id': 'hash', 'card': 'mask'}
    """
    found: dict[str, Comply] = {}
    for column in contract.columns:
        if column.protect == "hash":
            found[column.name] = Hash(comply="hash", column=column.name)
        elif column.protect == "drop":
            found[column.name] = Drop(comply="drop", column=column.name)
    rules = [rule for rule in contract.rules if isinstance(rule, Comply)]
    if rules:
        cells = cells_of(contract)
        for rule in rules:
            found |= {name: _fitting(rule, cells[name]) for name in rule.reads()}
    return found


def _fitting(rule: Comply, cell: Cell) -> Comply:
    """Return a rule, if it can be put to a column."""
    column = cell.column
    if expected := rule.expected(column):
        about = "key column" if column.key else "column"
        raise invalid(rule, f"{about} {column.name} of type {column.type}", expected=expected)
    return rule


def needs_key(contract: Contract) -> bool:
    """Tell whether onboarding needs the secret key: a column is hashed or tokenised.

    Examples
    --------
    >>> needs_key(Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal", columns=[{"name": "id", "type": "string"}]))
    False
    """
    return any(rule.needs_key for rule in protections(contract).values())


def curated_values(contract: Contract) -> Iterator[str]:
    """Yield SQL of each curated column, protected where it must be."""
    rules = protections(contract)
    for name, cell in cells_of(contract).items():
        rule = rules.get(name)
        if rule is None:
            yield f"{cell.typed} AS {quoted(name)}"
        elif rule.kept(cell.column) is not None:
            yield f"{rule.protected(cell)} AS {quoted(name)}"


def protected_texts(contract: Contract) -> dict[str, str]:
    """Return SQL of the protected text of each protected column that is kept, by name."""
    rules, cells = protections(contract), cells_of(contract)
    return {
        name: rule.protected_text(cells[name])
        for name, rule in rules.items()
        if rule.kept(cells[name].column) is not None
    }


def changes_by_protection(connection: DuckDBPyConnection, contract: Contract, rows: str) -> Iterator[Change]:
    """Count the values that each comply rule protects in the rows of a query."""
    rules = [rule for rule in contract.rules if isinstance(rule, Comply)]
    if not rules:
        return
    cells = cells_of(contract)
    some = [" OR ".join(f"{cells[name].text} IS NOT NULL" for name in rule.reads()) for rule in rules]
    counts = ", ".join(f"count(*) FILTER ({any_of})" for any_of in some)
    [numbers] = connection.execute(f"SELECT {counts} FROM ({rows})").fetchall()
    for rule, number in zip(rules, numbers, strict=True):
        yield Change("comply", rule.name, rule.reads(), number)
