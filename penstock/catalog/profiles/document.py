"""What a profile says, as a document: one entry a column, and the sketches from which profiles are merged."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.errors import NotFound
from penstock.specs.base import ColumnType

Unique = Literal["yes", "likely", "no"]
Measure = Literal["pearson", "correlation_ratio", "cramers_v"]


class _Document(BaseModel):
    """A frozen part of a profile."""

    model_config = ConfigDict(frozen=True)


class Bucket(_Document):
    """A range of a histogram: its lower end belongs to it, the upper one to the next; the last holds both."""

    lower: float
    upper: float
    count: int


class Period(_Document):
    """A range of dates or times, as :class:`Bucket` is one of numbers; ISO 8601, times in UTC."""

    start: str
    end: str
    count: int


class TopValue(_Document):
    """A frequent value, or a frequent shape of texts."""

    value: str
    count: int


class Lengths(_Document):
    """How many characters texts have."""

    minimum: int
    mean: float
    maximum: int


class ColumnProfile(_Document):
    """The shape of a column.

    Values of personal columns are not shown: only the counts, ``distinct`` and ``unique`` are there. Mean
    and deviation are rounded to twelve digits. Dates and times are ISO 8601 texts, times in UTC.
    """

    name: str
    type: ColumnType
    count: int
    """Rows, with or without a value."""
    nulls: int
    distinct: int
    """Different values (nulls, infinities and NaN are none)."""
    distinct_error: float = 0.0
    """Standard error of ``distinct`` as a share of it; 0 when it is exact."""
    unique: Unique = "no"
    """Whether no value stands twice; ``likely`` when merged parts have none twice and as many by estimate."""
    is_shown: bool = True
    """False for personal columns."""
    minimum: str | int | float | None = None
    maximum: str | int | float | None = None
    mean: float | None = None
    """Of numbers only, as ``std``."""
    std: float | None = None
    """Of the sample."""
    quantiles: dict[str, float | str] = {}
    """``p1`` to ``p99`` of numbers, dates and times: values of the data, their rank right to 0.005."""
    histogram: tuple[Bucket, ...] = ()
    """Numbers in at most 32 ranges as wide as a power of two; the counts are exact."""
    timeline: tuple[Period, ...] = ()
    """Dates and times in at most 32 ranges, a power of two of days or microseconds wide; exact counts."""
    top: tuple[TopValue, ...] = ()
    """The ten most frequent values, those that stand more often than ``top_error`` for certain."""
    top_error: int = 0
    """The counts of ``top`` may be so much too low; 0 when they are exact."""
    patterns: tuple[TopValue, ...] = ()
    """The ten most frequent shapes: ``A`` and ``a`` for letters, ``9`` for digits, ``ä`` beyond ASCII."""
    patterns_error: int = 0
    lengths: Lengths | None = None
    zeros: int = 0
    negatives: int = 0
    infinite: int = 0
    """Infinities and NaN; they are in no other figure but ``count``."""

    @property
    def completeness(self) -> float:
        """Share of rows that have a value."""
        return 1.0 - self.nulls / self.count if self.count else 1.0

    @property
    def is_candidate_key(self) -> bool:
        """Whether every row has a value and none stands twice, as far as is known."""
        return self.unique != "no" and not self.nulls and self.count > 0


class Association(_Document):
    """How strongly two columns go together, on the rows where both have a value."""

    columns: tuple[str, str]
    measure: Measure
    """``pearson`` r; ``correlation_ratio`` eta = sqrt(between / total sum of squares) of the numbers by the
    categories; ``cramers_v`` = sqrt(chi2 / (n * (min(categories) - 1)))."""
    value: float
    rows: int


class Profile(_Document):
    """The profile of a dataset, of an arrival or of any union of such.

    ``columns``, ``candidate_keys`` and ``associations`` are for readers, ``sketches`` for the function
    :func:`~penstock.catalog.profiles.merge`. Written by ``model_dump_json``, read by ``model_validate_json``.

    Examples
    --------
    >>> column = ColumnProfile(name="a", type="integer", count=2, nulls=1, distinct=1)
    >>> profile = Profile(rows=2, columns=(column,))
    >>> Profile.model_validate_json(profile.model_dump_json()) == profile, profile["a"].completeness
    (True, 0.5)
    """

    format: Literal[1] = 1
    hash: str = ""
    """Name of the hash in the sketches."""
    rows: int
    columns: tuple[ColumnProfile, ...]
    candidate_keys: tuple[str, ...] = ()
    target: str | None = None
    associations: tuple[Association, ...] = ()
    """With the target, strongest first, then among numbers of 0.1 and more."""
    sketches: dict[str, Any] = Field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> ColumnProfile:
        """Return the profile of a column."""
        for column in self.columns:
            if column.name == name:
                return column
        raise NotFound(
            "The profile has no such column.",
            found=name,
            expected=", ".join(column.name for column in self.columns[:20]),
        )
