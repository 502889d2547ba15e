"""What checks need to know beside the rows: history, the last profile, reference data, the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from penstock.tables import literal, quoted

Reference = Path | Sequence[Path] | str
"""Parquet files of a dataset, or the name of a table of the engine."""


class BucketLike(Protocol):
    """A range of a histogram; the last one holds its upper end."""

    @property
    def lower(self) -> float:
        """Its lower end, which belongs to it."""
        ...

    @property
    def upper(self) -> float:
        """Its upper end."""
        ...

    @property
    def count(self) -> int:
        """How many values lie in it."""
        ...


class TopLike(Protocol):
    """A frequent value."""

    @property
    def value(self) -> str:
        """The value as text."""
        ...

    @property
    def count(self) -> int:
        """How often it occurs."""
        ...


class ColumnShape(Protocol):
    """What a profile says of a column: :class:`~penstock.catalog.profiles.ColumnProfile` says it."""

    @property
    def count(self) -> int:
        """Rows."""
        ...

    @property
    def nulls(self) -> int:
        """Rows without a value."""
        ...

    @property
    def histogram(self) -> Sequence[BucketLike]:
        """Buckets of numbers; empty for other types."""
        ...

    @property
    def top(self) -> Sequence[TopLike]:
        """The most frequent values, most frequent first."""
        ...


@dataclass(frozen=True)
class Context:
    """What checks need beside the rows; a check that misses its part is skipped and says so.

    Parameters
    ----------
    now
        The present moment, in UTC when it has no zone of its own.
    columns
        Names of the file's columns in its order; None when they are not known.
    row_counts
        Rows of the accepted arrivals, the oldest first.
    profile
        Columns of the last accepted snapshot's profile; None when there is none.
    references
        Other datasets by name.

    Examples
    --------
    >>> Context(row_counts=(100, 120)).row_counts[-1]
    120
    """

    now: datetime | None = None
    columns: tuple[str, ...] | None = None
    row_counts: tuple[int, ...] = ()
    profile: Mapping[str, ColumnShape] | None = None
    references: Mapping[str, Reference] = field(default_factory=dict)


def relation(reference: Reference) -> str:
    """Return a reference dataset as SQL that can stand after FROM.

    Examples
    --------
    >>> relation("countries"), relation(Path("countries.parquet"))
    ('"countries"', "read_parquet(['countries.parquet'])")
    """
    if isinstance(reference, str):
        return quoted(reference)
    files = [reference] if isinstance(reference, Path) else reference
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}])"
