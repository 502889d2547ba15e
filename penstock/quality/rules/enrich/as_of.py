"""Columns of another dataset as they were at a time."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from penstock.quality.transformation import Enrich
from penstock.specs.base import ColumnName, Name


class AsOf(Enrich):
    """Take columns from the newest row of a key in another dataset that is not newer than the row itself."""

    enrich: Literal["as_of"]
    dataset: Name
    at: ColumnName
    """The date or moment of the row."""
    since: ColumnName
    """The date or moment of the reference row."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.at in self.on:
            raise ValueError("the column of the time is no key")
        return self

    def reads(self) -> tuple[str, ...]:
        """Return the keys and the time."""
        return (*self.on, self.at)

    def needs(self) -> dict[str, tuple[ColumnName, ...]]:
        """Return the dataset with its columns that are used."""
        taken = (take.column for take in self.take)
        return {self.dataset: (*self.on.values(), self.since, *taken, *self.order_by)}

    def moment(self) -> tuple[str, str]:
        """Return both times."""
        return self.at, self.since


RULE = AsOf
