"""Values must be keys of another dataset."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import model_validator

from penstock.quality.conditions import ASKED, Cells, ColumnCheck, Condition, found, not_among
from penstock.quality.context import Context, relation
from penstock.specs.base import ColumnName, Name
from penstock.tables import quoted


class ForeignKey(ColumnCheck):
    """Values, or combinations of values, are keys of another dataset (referential integrity)."""

    check: Literal["foreign_key"]
    dataset: Name
    """The dataset that has the keys."""
    keys: tuple[ColumnName, ...] = ()
    """Its columns, in the order of ours; when absent they have the same names."""

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if self.keys and len(self.keys) != len(self.looked_at()):
            raise ValueError(f"{len(self.looked_at())} columns cannot refer to {len(self.keys)} keys")
        return self

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Look for each row's key; a row with a null refers to nothing."""
        if self.dataset not in context.references:
            yield self.skip(f"there is no accepted snapshot of {self.dataset}")
            return
        names = self.looked_at()
        pairs = zip((cells[name].typed for name in names), self.keys or names, strict=True)
        same = " AND ".join(f"{value} = reference.{quoted(key)}" for value, key in pairs)
        known = " AND ".join(f"{cells[name].typed} IS NOT NULL" for name in names)
        offenders = (
            f"SELECT row FROM {ASKED} WHERE {known} AND NOT EXISTS "
            f"(SELECT 1 FROM {relation(context.references[self.dataset])} AS reference WHERE {same})"
        )
        yield self.of_rows(
            [cells[name] for name in names],
            passes=not_among(offenders),
            offenders=offenders,
            reason=found(cells, names, f"a key of {self.dataset}"),
        )


RULE = ForeignKey
