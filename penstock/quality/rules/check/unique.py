"""No two rows may have the same values."""

# ruff: noqa: S608 - names and values enter SQL only as literals or as places (t0)

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import ASKED, Cell, Cells, ColumnCheck, Condition, found, not_among


class Unique(ColumnCheck):
    """No value, or combination of values, occurs twice."""

    expectation: ClassVar[str] = "expect_column_values_to_be_unique"

    check: Literal["unique"]
    ignore_case: bool = False
    """Whether texts that differ by case only are the same."""

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Keep the first row of each value; a row with a null is never a repetition."""
        row = [cells[name] for name in self.looked_at()]
        values = tuple(map(self._compared, row))
        known = " AND ".join(f"{value} IS NOT NULL" for value in values)
        offenders = (
            f"SELECT row FROM (SELECT row, row_number() OVER (PARTITION BY {', '.join(values)} ORDER BY row) "
            f"AS occurrence FROM {ASKED} WHERE {known}) AS numbered WHERE occurrence > 1"
        )
        yield self.of_rows(
            row,
            passes=not_among(offenders),
            reason=found(cells, self.looked_at(), "a value that no earlier row has"),
            repeats=values,
            offenders=offenders,
        )

    def _compared(self, cell: Cell) -> str:
        """Return SQL of what must differ."""
        return f"lower({cell.typed})" if self.ignore_case and cell.column.type == "string" else cell.typed


RULE = Unique
