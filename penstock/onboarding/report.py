"""What onboarding says about a file: a document that fits beside the data."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.catalog.profiles.document import ColumnProfile
from penstock.specs.base import ColumnType, Severity
from penstock.specs.rule import Kind


class _Document(BaseModel):
    """A frozen part of the report."""

    model_config = ConfigDict(frozen=True)


class Example(_Document):
    """A row that breaks a rule; ``line`` is None when the whole file does."""

    line: int | None
    reason: str


class RuleResult(_Document):
    """What one rule found."""

    check: str
    columns: tuple[str, ...]
    severity: Severity
    mostly: float
    rows: int
    broken: int
    passed: bool
    examples: tuple[Example, ...] = ()


class CuratedColumn(_Document):
    """A column of the curated data."""

    name: str
    type: ColumnType


class RuleChange(_Document):
    """What a rule that changes data did: in how many rows it changed, made, matched or protected a value."""

    kind: Kind
    rule: str
    columns: tuple[str, ...]
    rows: int


class CuratedPart(_Document):
    """A file of curated rows; ``values`` are those of the partition's columns, if they may be shown."""

    file: str
    rows: int
    bytes: int
    values: dict[str, str | None] = {}


class AddedColumn(_Document):
    """A column that the file has and the contract not; it is curated as text, under ``name``."""

    name: str
    original: str


class WidenedColumn(_Document):
    """A column whose values demanded a wider type than declared."""

    name: str
    declared: ColumnType
    found: ColumnType


class EvolvedSchema(_Document):
    """How the file differs from its contract, where the contract's ``evolution`` allows it."""

    added: tuple[AddedColumn, ...] = ()
    missing: tuple[str, ...] = ()
    """Declared columns that the file has not; they are null."""
    widened: tuple[WidenedColumn, ...] = ()


class OnboardingReport(_Document):
    """The outcome of onboarding a file; ``rows_in`` is always ``rows_curated + rows_quarantined``.

    Examples
    --------
    >>> OnboardingReport(arrival_id="a1", dataset="payments", file_name="may.csv", rows_in=3, rows_curated=2,
    ...                  rows_quarantined=1, blank_lines=0, curated_bytes=10, columns=()).share_quarantined
    0.3333333333333333
    """

    arrival_id: str
    dataset: str
    file_name: str
    rows_in: int
    rows_curated: int
    rows_quarantined: int
    blank_lines: int
    """Lines with nothing on them; they are no rows."""
    curated_bytes: int
    columns: tuple[CuratedColumn, ...]
    parts: tuple[CuratedPart, ...] = ()
    evolved: EvolvedSchema = EvolvedSchema()
    rules: tuple[RuleResult, ...] = ()
    changes: tuple[RuleChange, ...] = ()
    profile: tuple[ColumnProfile, ...] = ()
    warnings: tuple[str, ...] = ()
    """What a steward should look at, such as columns that look personal and are not declared so."""
    seconds: float = 0.0

    @property
    def share_quarantined(self) -> float:
        """Quarantined rows as a share of all rows."""
        return self.rows_quarantined / self.rows_in if self.rows_in else 0.0

    def counts(self) -> dict[str, Any]:
        """Return the numbers of rows, as records and events carry them."""
        return self.model_dump(include={"rows_in", "rows_curated", "rows_quarantined"})
