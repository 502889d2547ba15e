"""What onboarding says about a file: a document that fits beside the data."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.specs.contract import ColumnType, Severity


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


class Bucket(_Document):
    """A range of a histogram; the last one holds its upper end."""

    lower: float
    upper: float
    count: int


class TopValue(_Document):
    """A frequent value."""

    value: str
    count: int


class ColumnProfile(_Document):
    """The shape of a column of the curated data.

    Values of personal columns are not shown. Numbers are rounded to twelve digits. ``mean``, ``std`` (of the
    sample) and ``quantiles`` are there for numbers only, as is the histogram.
    """

    name: str
    type: ColumnType
    count: int
    nulls: int
    distinct: int
    """Approximate."""
    minimum: str | float | None = None
    maximum: str | float | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: dict[str, float] = {}
    top: tuple[TopValue, ...] = ()
    histogram: tuple[Bucket, ...] = ()


class CuratedColumn(_Document):
    """A column of the curated data."""

    name: str
    type: ColumnType


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
    rules: tuple[RuleResult, ...] = ()
    profile: tuple[ColumnProfile, ...] = ()
    seconds: float = 0.0

    @property
    def share_quarantined(self) -> float:
        """Quarantined rows as a share of all rows."""
        return self.rows_quarantined / self.rows_in if self.rows_in else 0.0

    def counts(self) -> dict[str, Any]:
        """Return the numbers of rows, as records and events carry them."""
        return self.model_dump(include={"rows_in", "rows_curated", "rows_quarantined"})
