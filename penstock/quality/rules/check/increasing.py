"""Values must not fall from one row to the next."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.order import RowOrder


class Increasing(RowOrder):
    """A value is not less than that of the row before, rows without a value aside."""

    expectation: ClassVar[str] = "expect_column_values_to_be_increasing"
    wrong: ClassVar[str] = "<"
    words: ClassVar[tuple[str, str]] = ("not less than", "more than")

    check: Literal["increasing"]


RULE = Increasing
