"""The newest moment of a column must not be long ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import TIMES, Cells, ColumnCheck, Condition
from penstock.quality.context import Context
from penstock.quality.measures import figure_reason
from penstock.quality.members import moment
from penstock.specs.base import ColumnType
from penstock.tables import literal


class Freshness(ColumnCheck):
    """The newest day or moment of a column is at most so many hours ago."""

    types: ClassVar[tuple[ColumnType, ...]] = TIMES

    check: Literal["freshness"]
    hours: float = Field(gt=0)

    def in_context(self, cells: Cells, context: Context) -> Iterator[Condition]:
        """Compare the newest value with the present moment."""
        if context.now is None:
            yield self.skip("the present moment is not known")
            return
        earliest = moment(context.now - timedelta(hours=self.hours))
        for name in self.looked_at():
            newest = f"max({cells[name].typed})"
            yield self.of_file(
                (cells[name],),
                passes=f"coalesce({newest} >= CAST({literal(earliest)} AS TIMESTAMP), FALSE)",
                observed=newest,
                reason=figure_reason(
                    f"column {name}: found a newest time of ", newest, f"{earliest} UTC or newer"
                ),
            )


RULE = Freshness
