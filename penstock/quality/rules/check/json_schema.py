"""A text must be a JSON document of a shape."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import field_validator

from penstock.quality.conditions import Cell, ValueCheck
from penstock.quality.json_schemas import fits
from penstock.specs.base import ColumnType


class JsonSchema(ValueCheck):
    """A text is a JSON document that fits a JSON Schema."""

    types: ClassVar[tuple[ColumnType, ...]] = ("string",)
    expectation: ClassVar[str] = "expect_column_values_to_match_json_schema"

    check: Literal["json_schema"]
    shape: dict[str, Any]
    """A JSON Schema of types, enum, const, bounds, lengths, patterns and properties, without references."""

    @field_validator("shape")
    @classmethod
    def _is_known(cls, shape: dict[str, Any]) -> dict[str, Any]:
        fits("''", shape)
        return shape

    def passes(self, cell: Cell) -> str:
        """Look into valid documents only."""
        test = fits(cell.typed, self.shape)
        return (
            f"(CASE WHEN {cell.missing} THEN TRUE WHEN json_valid({cell.typed}) THEN {test} ELSE FALSE END)"
        )

    def expected(self) -> str:
        """Say it in words."""
        return f"JSON that fits the schema {self.shape.get('title', '')}".rstrip()


RULE = JsonSchema
