"""Columns of another dataset."""

from __future__ import annotations

from typing import Literal

from penstock.quality.transformation import Enrich
from penstock.specs.base import ColumnName, Name


class Join(Enrich):
    """Take columns from the row with the same key in the snapshot of another dataset of the use case."""

    enrich: Literal["join"]
    dataset: Name

    def needs(self) -> dict[str, tuple[ColumnName, ...]]:
        """Return the dataset with its columns that are used."""
        return {self.dataset: (*self.on.values(), *(take.column for take in self.take), *self.order_by)}


RULE = Join
