"""What a contract does not say about columns that look personal: a suggestion, never an act."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from penstock.catalog.classification.records import Classification, Protection, Sensitivity
from penstock.specs import Column, Contract

_RANK: dict[Sensitivity, int] = {"none": 0, "personal": 1, "special": 2}


class Undeclared(BaseModel):
    """A column whose data look more sensitive than its contract says."""

    model_config = ConfigDict(frozen=True)

    column: str
    kind: str
    declared: Sensitivity
    suggested: Sensitivity
    protect: Protection
    confidence: float
    reason: str
    """A sentence with shares and kinds; it holds no value."""


def undeclared(
    contract: Contract, classifications: Mapping[str, Classification], *, confidence: float = 0.5
) -> tuple[Undeclared, ...]:
    """List the columns whose data look more sensitive than the contract says.

    A column that is dropped, hashed or changed by a comply rule is not listed, nor one whose sensitivity is
    declared: to keep it is then somebody's decision.

    Parameters
    ----------
    contract
        What was declared.
    classifications
        What was found, by the names of columns.
    confidence
        Findings that are less sure are left out.

    Examples
    --------
    >>> from penstock.catalog.classification import classify_column
    >>> contract = Contract(
    ...     dataset="orders", owner="o", steward="s", purpose="p", legal_basis="l",
    ...     classification="internal", columns=[{"name": "contact", "type": "string"}])
    >>> found = classify_column("contact", ["ann@example.org", "bob@example.org"])
    >>> [(one.column, one.suggested, one.protect) for one in undeclared(contract, {"contact": found})]
    [('contact', 'personal', 'hash')]
    """
    complied = {name for rule in contract.rules if rule.kind == "comply" for name in rule.reads()}
    return tuple(
        _undeclared(column, found)
        for column in contract.columns
        if column.name not in complied and column.protect == "keep"
        for found in [classifications.get(column.name)]
        if found and found.confidence >= confidence and _RANK[found.sensitivity] > _RANK[column.sensitivity]
    )


def _undeclared(column: Column, found: Classification) -> Undeclared:
    """Put a finding beside the declaration."""
    why = f" ({', '.join(map(str, found.evidence[:2]))})" if found.evidence else ""
    return Undeclared(
        column=column.name,
        kind=found.kind,
        declared=column.sensitivity,
        suggested=found.sensitivity,
        protect=found.protect,
        confidence=found.confidence,
        reason=f"column {column.name} looks like {found.kind.replace('_', ' ')}{why}; the contract says "
        f"{column.sensitivity} and keeps it",
    )
