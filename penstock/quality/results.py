"""A validation as a document: what each rule found, readable by people, programs and later versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from penstock.quality.outcome import Outcome
from penstock.specs.base import Severity


class _Document(BaseModel):
    """A frozen part of the document."""

    model_config = ConfigDict(frozen=True)


class ShownRow(_Document):
    """A row that breaks a condition; ``row`` (from 0) is None when the whole file does."""

    row: int | None
    reason: str
    values: dict[str, str | None] = {}
    """By column, as text; personal values are masked."""


class Result(_Document):
    """What one condition found.

    Examples
    --------
    >>> Result(check="between", columns=("amount",), status="failed", rows=10, missing=2, broken=4).share
    0.5
    """

    check: str
    columns: tuple[str, ...]
    status: Literal["passed", "failed", "skipped"]
    skipped: str = ""
    """Why it could not be asked."""
    scope: Literal["row", "file"] = "row"
    severity: Severity = "quarantine"
    mostly: float = 1.0
    rows: int
    missing: int = 0
    """Rows that were not asked, having no value."""
    broken: int = 0
    """Rows that break it (1 for a file)."""
    observed: Any = None
    """What a file's condition found."""
    examples: tuple[ShownRow, ...] = ()
    details: dict[str, int] = {}
    rule: dict[str, Any] | None = None
    """The rule as the contract has it; None for what a column's declaration demands."""

    @property
    def share(self) -> float:
        """The share of the rows with a value that pass, 1.0 when there are none."""
        asked = self.rows - self.missing
        return 1.0 - self.broken / asked if asked > 0 else 1.0


class Validation(_Document):
    """What a contract's checks found in data.

    Examples
    --------
    >>> found = Validation(dataset="payments", rows=0, columns=(), seconds=0.1)
    >>> found.passed, found.version
    (True, '1')
    >>> Validation.model_validate_json(found.model_dump_json()) == found
    True
    """

    version: Literal["1"] = "1"
    dataset: str
    rows: int
    columns: tuple[str, ...]
    """The data's own columns in their order."""
    seconds: float
    validated_at: datetime | None = None
    row_counts: tuple[int, ...] = ()
    """Rows of former arrivals, the oldest first."""
    results: tuple[Result, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing failed (skipped checks do not count)."""
        return not self.failed

    @property
    def failed(self) -> tuple[Result, ...]:
        """The results that failed."""
        return tuple(result for result in self.results if result.status == "failed")

    @property
    def skipped(self) -> tuple[Result, ...]:
        """The results that could not be asked."""
        return tuple(result for result in self.results if result.status == "skipped")

    def counts(self) -> dict[str, int]:
        """Return how many results there are of each status."""
        statuses = [result.status for result in self.results]
        return {status: statuses.count(status) for status in ("passed", "failed", "skipped")}


def result_of(outcome: Outcome) -> Result:
    """Write an outcome as a document."""
    condition = outcome.condition
    values: tuple[Mapping[str, str | None], ...] = outcome.values or ({},) * len(outcome.examples)
    return Result(
        check=condition.check,
        columns=condition.columns,
        status=outcome.status,
        skipped=condition.skipped,
        scope=condition.scope,
        severity=condition.severity,
        mostly=condition.mostly,
        rows=outcome.rows,
        missing=outcome.missing,
        broken=outcome.broken,
        observed=outcome.observed,
        examples=tuple(
            ShownRow(row=row, reason=reason, values=dict(shown))
            for (row, reason), shown in zip(outcome.examples, values, strict=True)
        ),
        details=dict(outcome.details),
        rule=condition.rule.model_dump(mode="json", exclude_defaults=True) if condition.rule else None,
    )
