"""A query over the dataset must find no rows, or a number in a range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import field_validator, model_validator

from penstock.quality.conditions import Cells, Check, Condition
from penstock.quality.measures import figure_reason
from penstock.quality.queries import parse_query
from penstock.tables import literal


class Query(Check):
    """A query over the dataset finds no rows (or, with bounds, a number in a range)."""

    expectation: ClassVar[str] = "unexpected_rows_expectation"

    check: Literal["query"]
    query: str
    """A single SELECT from ``dataset``: columns or aggregates, WHERE, GROUP BY and HAVING; nothing else."""
    minimum: float | None = None
    maximum: float | None = None

    @field_validator("query")
    @classmethod
    def _is_harmless(cls, query: str) -> str:
        parse_query(query)
        return query

    @model_validator(mode="after")
    def _is_single(self) -> Self:
        if self._has_bounds and not parse_query(self.query).is_single:
            raise ValueError("a query with bounds selects one aggregate, without GROUP BY")
        return self

    @property
    def _has_bounds(self) -> bool:
        return self.minimum is not None or self.maximum is not None

    def reads(self) -> tuple[str, ...]:
        """Return the columns that the query names."""
        return parse_query(self.query).columns

    def conditions(self, cells: Cells) -> Iterator[Condition]:
        """Put what was understood of the query."""
        rows = parse_query(self.query).sql({name: cells[name].typed for name in self.reads()})
        figure = f"({rows})" if self._has_bounds else f"(SELECT count(*) FROM ({rows}) AS found)"  # noqa: S608
        low = f" AND {figure} >= {literal(self.minimum)}" if self.minimum is not None else ""
        high = f" AND {figure} <= {literal(self.maximum)}" if self.maximum is not None else ""
        test = f"({figure} IS NOT NULL{low}{high})" if self._has_bounds else f"({figure} = 0)"
        expected = f"a number from {self.minimum} to {self.maximum}" if self._has_bounds else "no rows"
        yield self.of_file(
            passes=test,
            observed=figure,
            reason=figure_reason("the query: found ", figure, f"{expected} ({self.query})"),
        )


RULE = Query
