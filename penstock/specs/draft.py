"""Drafts: contracts in which a person still has to fill in what no file can tell."""

from __future__ import annotations

from penstock.errors import InvalidSpec
from penstock.specs.contract import Contract

PLACEHOLDER = "TO BE FILLED"
"""What stands in a draft where somebody has to decide."""
GOVERNANCE = ("owner", "steward", "purpose", "legal_basis")
"""Fields that are asked of people."""


def unfilled(contract: Contract) -> tuple[str, ...]:
    """Return the governance fields of a contract that are empty or still a placeholder.

    Examples
    --------
    >>> unfilled(Contract(
    ...     dataset="orders", owner="sales", steward="TO BE FILLED", purpose="", legal_basis="contract",
    ...     classification="internal", columns=[{"name": "id", "type": "string"}]))
    ('steward', 'purpose')
    """
    values = {name: str(getattr(contract, name)).strip() for name in GOVERNANCE}
    return tuple(name for name, value in values.items() if not value or value.upper().startswith(PLACEHOLDER))


def refuse_draft(contract: Contract, *, where: str = "") -> None:
    """Refuse a contract that is still a draft: it may be tried on files, but not registered.

    Raises
    ------
    InvalidSpec
        The message names the fields to fill in.

    Examples
    --------
    >>> refuse_draft(Contract(
    ...     dataset="orders", owner="sales", steward="TO BE FILLED", purpose="billing",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "id", "type": "string"}]), where="orders.yaml")
    Traceback (most recent call last):
    ...
    penstock.errors.InvalidSpec: The contract of dataset orders is a draft.
      found: nobody has filled in: steward
      expected: who owns and looks after the data, what for, and on what legal basis
      where: orders.yaml
      what to do: Fill in the fields named above; only a person can decide them.
    """
    if missing := unfilled(contract):
        raise InvalidSpec(
            f"The contract of dataset {contract.dataset} is a draft.",
            found=f"nobody has filled in: {', '.join(missing)}",
            expected="who owns and looks after the data, what for, and on what legal basis",
            where=where,
            action="Fill in the fields named above; only a person can decide them.",
        )
