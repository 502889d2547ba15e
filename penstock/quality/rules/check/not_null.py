"""A cell must not be empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.quality.conditions import Cells, ColumnCheck, Condition, every
from penstock.tables import literal


class NotNull(ColumnCheck):
    """Every cell has a value."""

    check: Literal["not_null"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Look at the text, so that a value of the wrong type is not called missing as well."""
        columns = self.looked_at()
        missing = ", ".join(
            f"CASE WHEN {cells[name].text} IS NULL THEN {literal(name)} END" for name in columns
        )
        yield self.of_rows(
            cells,
            passes=every(cells, columns, lambda cell: f"{cell.text} IS NOT NULL"),
            reason=f"'column ' || concat_ws(', ', {missing}) || ': found nothing, expected a value'",
        )


RULE = NotNull
