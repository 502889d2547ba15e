"""What every format leaves in the engine."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.specs import Contract


@dataclass(frozen=True)
class Loaded:
    """Tables ``rejects`` (``line, raw, reason``) and ``marks`` (``row, line``), and the rows.

    Parameters
    ----------
    rows, rejected, blank
        How many rows the file has, whole and broken, and how many blank lines.
    contract
        The contract, with the columns that the file has more.
    table
        Table or view of the rows: ``c0, c1, …`` as text, and ``n0, …`` where the file has the column's type.
    row
        Its column of row numbers, from 0, rising.
    native
        The columns that have a value of their own, by their places.
    added
        Columns that the file has more: the name in the file and the name in the contract.
    lines
        How many lines its lines are numbered by.
    missing
        Declared columns that the file has not.
    """

    rows: int
    rejected: int
    blank: int
    contract: Contract
    table: str = "arrived"
    row: str = "row"
    native: frozenset[int] = frozenset()
    added: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    lines: int = 0
