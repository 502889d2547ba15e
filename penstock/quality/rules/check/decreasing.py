"""Values must not rise from one row to the next."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.order import RowOrder


class Decreasing(RowOrder):
    """A value is not greater than that of the row before, rows without a value aside."""

    expectation: ClassVar[str] = "expect_column_values_to_be_decreasing"
    wrong: ClassVar[str] = ">"
    words: ClassVar[tuple[str, str]] = ("not greater than", "less than")

    check: Literal["decreasing"]


RULE = Decreasing
