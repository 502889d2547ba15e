"""The contract of a dataset: what may land, who answers for it, what is checked."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import Field, model_validator

from penstock.specs.base import ColumnName, Name, Spec

ColumnType = Literal["string", "integer", "decimal", "boolean", "date", "timestamp"]
Severity = Literal["warn", "quarantine", "refuse"]


class ContractFormat(Spec):
    """How the files of a dataset are written."""

    kind: Literal["csv", "parquet"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: Literal["utf-8"] = "utf-8"
    max_line_bytes: int = Field(default=2_000_000, ge=1_000, le=100_000_000)


class Column(Spec):
    """One column of a dataset, with its meaning and sensitivity."""

    name: ColumnName
    type: ColumnType
    nullable: bool = True
    key: bool = False
    meaning: str = ""
    unit: str = ""
    sensitivity: Literal["none", "personal", "special"] = "none"
    protect: Literal["keep", "hash", "drop"] = "keep"
    """What happens to the values on their way to the curated data."""


class Rule(Spec):
    """A check on a dataset; the names of rules are listed in ``penstock.quality``."""

    check: Name
    column: ColumnName | None = None
    columns: tuple[ColumnName, ...] = ()
    severity: Severity = "quarantine"
    mostly: float = Field(default=1.0, gt=0.0, le=1.0)
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None
    other: ColumnName | None = None
    reason: str = ""
    """What a steward reads beside a quarantined row; made from the check when empty."""


class Contract(Spec):
    """Owner, purpose, schema, rules and tolerance of one dataset.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="legitimate interest", classification="internal",
    ...     columns=[{"name": "id", "type": "string", "key": True, "nullable": False}])
    >>> contract.keys
    ('id',)
    """

    dataset: Name
    description: str = ""
    owner: str
    steward: str
    purpose: str
    legal_basis: str
    classification: Literal["public", "internal", "confidential", "restricted"]
    format: ContractFormat = ContractFormat()
    columns: tuple[Column, ...] = Field(min_length=1, max_length=5_000)
    rules: tuple[Rule, ...] = ()
    event_time: ColumnName | None = None
    max_quarantined: float = Field(default=0.2, ge=0.0, le=1.0)
    """The share of quarantined rows above which the whole file is refused."""
    retention_days: int = Field(default=2_555, ge=1)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the columns that identify a row, in order."""
        return tuple(column.name for column in self.columns if column.key)

    @model_validator(mode="after")
    def _consistent(self) -> Contract:
        names = [column.name for column in self.columns]
        folded = Counter(name.lower() for name in names)
        twice = sorted(name for name, count in folded.items() if count > 1)
        if twice:
            raise ValueError(f"columns named twice (case is ignored): {', '.join(twice)}")
        used = {name for rule in self.rules for name in (rule.column, rule.other, *rule.columns) if name}
        unknown = sorted((used | ({self.event_time} if self.event_time else set())) - set(names))
        if unknown:
            raise ValueError(f"rules or event_time name columns that are not declared: {', '.join(unknown)}")
        return self
