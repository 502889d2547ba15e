"""Interaction of two numbers: their product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from penstock.features.engineering.source import Source
from penstock.features.engineering.step import NUMBERS, Step, Value
from penstock.features.engineering.writing import finite, named, number


class Product(Step):
    """The product of two numbers; null where one is null."""

    engineer: Literal["product"] = "product"

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the product."""
        one, other = self.columns(source, 2, NUMBERS)
        name = self.name or named(one, "times", other)
        yield Value(name, finite(f"{number(one)} * {number(other)}"), "decimal", f"{one} times {other}")


STEP = Product
