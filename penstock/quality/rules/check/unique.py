"""No two rows may have the same values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.quality.conditions import Cells, ColumnCheck, Condition, found


class Unique(ColumnCheck):
    """No value, or combination of values, occurs twice."""

    check: Literal["unique"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Keep the first row of each value; a row with a null is never a repetition."""
        columns = self.looked_at()
        yield self.of_rows(
            cells,
            passes="TRUE",
            reason=found(cells, columns, "a value that no earlier row has"),
            repeats=tuple(cells[name].text for name in columns),
        )


RULE = Unique
