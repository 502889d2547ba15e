"""What a comparison of two snapshots says: schema, objects, rows, distribution."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Document(BaseModel):
    """A frozen part of a comparison."""

    model_config = ConfigDict(frozen=True)


class ColumnChange(_Document):
    """A column that is new, gone, of another type or of another sensitivity."""

    column: str
    change: Literal["added", "removed", "retyped", "sensitivity"]
    before: str | None = None
    after: str | None = None


class ObjectChanges(_Document):
    """Objects by whether both snapshots have them; the same bytes under another name are the same object.

    Attributes
    ----------
    unchanged, added, removed
        How many.
    unchanged_rows, added_rows, removed_rows
        How many rows these have.
    """

    unchanged: int = 0
    added: int = 0
    removed: int = 0
    unchanged_rows: int = 0
    added_rows: int = 0
    removed_rows: int = 0


class RowChange(_Document):
    """An example; values of personal columns are masked, long ones cut."""

    change: Literal["added", "removed", "changed"]
    before: dict[str, str | None] | None = None
    after: dict[str, str | None] | None = None


class RowChanges(_Document):
    """Rows of the objects that are not in both snapshots.

    Attributes
    ----------
    by
        ``key``: a row is what its key says, and may have changed. ``row``: a row is its values, and may be
        there several times.
    added, removed, changed
        Keys, or rows.
    same
        Keys or rows that only moved to another object.
    repeated_keys
        Keys that stand more than once on a side; they are compared as a group.
    columns
        How many keys changed their value, by column.
    """

    by: Literal["key", "row"]
    keys: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    changed: int = 0
    same: int = 0
    repeated_keys: int = 0
    columns: dict[str, int] = {}
    sample: tuple[RowChange, ...] = ()


class Drift(_Document):
    """How far a column's distribution is from what it was.

    Attributes
    ----------
    kind
        ``numeric``: largest difference of the cumulative distributions; ``categorical``: largest difference
        of a value's share.
    distance
        From 0, equal, to 1.
    robust
        The same, less what samples of this size differ by chance (Model Monitor's ``Robust``).
    nulls_before, nulls_after
        Shares of rows without a value.
    """

    column: str
    kind: Literal["numeric", "categorical", "nulls"]
    distance: float | None
    robust: float | None
    nulls_before: float
    nulls_after: float


class SnapshotDiff(_Document):
    """What differs between two snapshots of a dataset."""

    use_case: str
    dataset: str
    before: str
    after: str
    rows_before: int
    rows_after: int
    schema_changes: tuple[ColumnChange, ...] = ()
    objects: ObjectChanges
    rows: RowChanges | None = None
    """None when it was not asked for."""
    distribution: tuple[Drift, ...] = ()
    """The columns that moved most first; empty when profiles are missing or were not asked for."""
    seconds: float = 0.0

    @property
    def is_empty(self) -> bool:
        """Say whether the two have the same schema and the same rows."""
        rows = self.rows
        same_rows = rows is None or not (rows.added or rows.removed or rows.changed)
        return not self.schema_changes and same_rows and (rows is not None or not self.objects.added)
