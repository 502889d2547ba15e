"""Columns that a file has and its contract not: carried along as text, where the contract allows it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from penstock.errors import SchemaMismatch
from penstock.specs import Column, Contract

MOST = 5_000
"""Columns that a dataset may have."""


def with_columns(contract: Contract, names: Sequence[str], where: str) -> tuple[Contract, dict[str, str]]:
    """Add columns to a contract, as text, and personal until somebody declares them otherwise.

    Parameters
    ----------
    names
        As the file has them.

    Returns
    -------
    tuple
        The contract, and the columns' names by those of the file: characters that a column's name cannot have
        become underscores.

    Raises
    ------
    SchemaMismatch
        Two names would be the same, or there are more than 5,000 columns.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal", columns=[{"name": "id", "type": "string"}])
    >>> with_columns(contract, ["Total (EUR)"], "may.csv")[1]
    {'Total (EUR)': 'Total__EUR_'}
    """
    if len(contract.columns) + len(names) > MOST:
        found = f"{len(contract.columns) + len(names):,} columns"
        raise _mismatch(found, f"at most {MOST:,}", where, "Correct the export.")
    renamed = {name: _safe(name) for name in names}
    taken = [column.name.lower() for column in contract.columns] + [name.lower() for name in renamed.values()]
    if twice := sorted(old for old, new in renamed.items() if taken.count(new.lower()) > 1):
        found = f"columns that would have the same name: {', '.join(repr(name[:100]) for name in twice[:20])}"
        action = "Name them so that they differ in letters and digits, whatever their case."
        raise _mismatch(found, "names that differ", where, action)
    added = tuple(Column(name=name, type="string", sensitivity="personal") for name in renamed.values())
    return contract.model_copy(update={"columns": contract.columns + added}), renamed


def _safe(name: str) -> str:
    """Return a name that a column may have."""
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name)[:127]
    return cleaned if re.match(r"[A-Za-z_]", cleaned) else f"_{cleaned}"


def _mismatch(found: str, expected: str, where: str, action: str) -> SchemaMismatch:
    """Make the error of columns that cannot be added."""
    return SchemaMismatch(
        "The file's further columns cannot be added.",
        found=found,
        expected=expected,
        where=where,
        action=action,
    )
