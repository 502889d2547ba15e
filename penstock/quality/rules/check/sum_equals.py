"""Numbers of a row must add up to a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from penstock.quality.conditions import NUMBERS, Cells, Condition
from penstock.quality.rows import ManyCheck
from penstock.specs.base import ColumnType
from penstock.tables import literal


class SumEquals(ManyCheck):
    """Numbers of a row add up to a number."""

    expectation: ClassVar[str] = "expect_multicolumn_sum_to_equal"

    check: Literal["sum_equals"]
    total: float
    tolerance: float = Field(default=0.0, ge=0)
    """How far the sum may be off."""

    def accepts(self) -> dict[str, tuple[ColumnType, ...]]:
        """Return the types that each column may have."""
        return dict.fromkeys(self.columns, NUMBERS)

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Add the typed values; where only some are missing, these count as zero."""
        parts = (f"coalesce({cells[name].typed}, 0)" for name in self.columns)
        test = f"abs({' + '.join(parts)} - {literal(self.total)}) <= {literal(self.tolerance)}"
        yield self.asked(cells, self.columns, test, f"a sum of {self.total:g}")


RULE = SumEquals
