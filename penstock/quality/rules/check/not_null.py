"""A cell must not be empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from penstock.quality.conditions import Cells, ColumnCheck, Condition
from penstock.tables import literal


class NotNull(ColumnCheck):
    """A cell has a value."""

    expectation: ClassVar[str] = "expect_column_values_to_not_be_null"

    check: Literal["not_null"]

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Look at what arrived, so that a value of the wrong type is not called missing as well."""
        for name in self.looked_at():
            yield self.of_rows(
                (cells[name],),
                passes=f"(NOT {cells[name].nothing})",
                reason=literal(f"column {name}: found nothing, expected a value"),
                missing="FALSE",
            )


RULE = NotNull
