"""A day or moment must not lie in the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import TIMES, Cells, ColumnCheck, Condition, found
from penstock.quality.context import Context
from penstock.quality.members import moment
from penstock.specs.base import ColumnType
from penstock.tables import literal


class NotInFuture(ColumnCheck):
    """A day or moment is not after the moment of the check."""

    types: ClassVar[tuple[ColumnType, ...]] = TIMES

    check: Literal["not_in_future"]
    tolerance_minutes: int = Field(default=0, ge=0)
    """How far clocks may be ahead."""

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Compare with the present moment."""
        if context.now is None:
            yield self.skip("the present moment is not known")
            return
        latest = moment(context.now + timedelta(minutes=self.tolerance_minutes))
        for name in self.looked_at():
            yield self.of_rows(
                (cells[name],),
                passes=f"{cells[name].typed} <= CAST({literal(latest)} AS TIMESTAMP)",
                reason=found(cells, (name,), f"not after {latest} UTC"),
            )


RULE = NotInFuture
