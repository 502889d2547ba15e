"""What the rules that change data are: each becomes an SQL expression, none sees another row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from penstock.quality.conditions import Cell, Cells, invalid
from penstock.quality.lookup import let
from penstock.specs.base import ColumnName, ColumnType, Spec
from penstock.specs.contract import Column
from penstock.specs.rule import Kind, Rule

Sensitivity = Literal["none", "personal", "special"]
_RANKS: dict[Sensitivity, int] = {"none": 0, "personal": 1, "special": 2}


class OnColumns(Rule):
    """A rule that is put to one column, or to several alike."""

    column: ColumnName | None = None
    columns: tuple[ColumnName, ...] = ()

    @model_validator(mode="after")
    def _names_columns(self) -> Self:
        if bool(self.column) == bool(self.columns):
            raise ValueError("name either column or columns")
        return self

    def reads(self) -> tuple[str, ...]:
        """Return the columns that it is put to."""
        return (self.column,) if self.column else self.columns


class Standardise(OnColumns):
    """A rule of the kind ``standardise``: another way of writing the same value, before typing.

    What a rule does not understand stays as it arrived; whether that will do is for the column's type and for
    checks to say. Standardising twice equals once.
    """

    kind: ClassVar[Kind] = "standardise"

    plain: ClassVar[bool] = False
    """Whether it writes values as programs do, whatever way of writing the column and the format declare."""

    def expression(self, text: str) -> str:
        """Return SQL of the standardised text of a text; ``text`` is a column and may be repeated."""
        raise NotImplementedError


class Augment(Rule):
    """A rule of the kind ``augment``: a new column, computed from others of the same row."""

    kind: ClassVar[Kind] = "augment"

    column: ColumnName
    """The name of the new column."""
    meaning: str = ""
    unit: str = ""
    sensitivity: Sensitivity | None = None
    """That of the most sensitive column that it reads, unless declared."""

    def makes(self) -> tuple[str, ...]:
        """Return the new column's name."""
        return (self.column,)

    def result(self, columns: Mapping[str, Column]) -> ColumnType:
        """Return the new column's type, given the columns that are there."""
        raise NotImplementedError

    def expression(self, cells: Cells) -> str:
        """Return SQL of the new value in its type."""
        raise NotImplementedError

    def made(self, columns: Mapping[str, Column]) -> tuple[Column, ...]:
        """Return the new column's declaration."""
        sources = [columns[name].sensitivity for name in self.reads()]
        inherited = max(sources, key=_RANKS.__getitem__, default="none")
        return (
            Column(
                name=self.column,
                type=self.result(columns),
                meaning=self.meaning,
                unit=self.unit,
                sensitivity=self.sensitivity or inherited,
            ),
        )


class Take(Spec):
    """A column that an enrichment takes over."""

    column: ColumnName
    """Its name in the reference data."""
    name: ColumnName | None = None
    """Its name in the dataset; the same when absent."""
    type: ColumnType = "string"
    meaning: str = ""
    sensitivity: Sensitivity = "none"

    @property
    def known_as(self) -> str:
        """The column's name in the dataset."""
        return self.name or self.column


class Enrich(Rule):
    """A rule of the kind ``enrich``: columns of the one reference row with the same key.

    No row is lost, duplicated or moved, whatever the reference data hold. A row whose key is null, or is not
    in the reference data, gets nulls; ``missing`` says whether that is worth more.
    """

    kind: ClassVar[Kind] = "enrich"

    on: dict[ColumnName, ColumnName] = Field(min_length=1)
    """The dataset's key columns, each with its name in the reference data."""
    take: tuple[Take, ...] = Field(min_length=1)
    missing: Literal["keep", "warn", "quarantine", "refuse"] = "keep"
    """What a key leads to that the reference data do not have."""
    duplicates: Literal["error", "first"] = "error"
    """What several reference rows of a key lead to; the first is that by ``order_by``."""
    order_by: tuple[ColumnName, ...] = ()
    """Reference columns, the smallest values first; ties are broken by the columns taken."""

    @model_validator(mode="after")
    def _first_of_an_order(self) -> Self:
        if (self.duplicates == "first") != bool(self.order_by):
            raise ValueError("duplicates: first, and no other, needs order_by")
        return self

    def reads(self) -> tuple[str, ...]:
        """Return the dataset's key columns."""
        return tuple(self.on)

    def makes(self) -> tuple[str, ...]:
        """Return the names of the columns taken."""
        return tuple(take.known_as for take in self.take)

    def made(self, columns: Mapping[str, Column]) -> tuple[Column, ...]:
        """Return the declarations of the columns taken."""
        return tuple(
            Column(name=one.known_as, type=one.type, meaning=one.meaning, sensitivity=one.sensitivity)
            for one in self.take
        )

    def needs(self) -> dict[str, tuple[ColumnName, ...]]:
        """Return the dataset that it refers to with the columns that it wants of it; empty for none."""
        return {}

    def inline(self) -> str:
        """Return SQL of the reference rows that are written in the rule itself."""
        raise NotImplementedError

    def moment(self) -> tuple[str, str] | None:
        """Return the column that says when and the reference column that says since when, if it has any."""
        return None


class Comply(OnColumns):
    """A rule of the kind ``comply``: what may be known of a value in curated data and in quarantine."""

    kind: ClassVar[Kind] = "comply"

    types: ClassVar[tuple[ColumnType, ...]] = ()
    """Column types that it can be put to; empty means every type."""
    needs_key: ClassVar[bool] = False
    """Whether it cannot do without the secret key of the platform."""

    def expected(self, column: Column) -> str:
        """Return what a column must be like for the rule, where this one is not; nothing where it is."""
        return " or ".join(self.types) if self.types and column.type not in self.types else ""

    def kept(self, column: Column) -> Column | None:
        """Return the column as it is in the curated data; None when it is not there."""
        return column.model_copy(update={"type": "string"})

    def protected(self, cell: Cell) -> str:
        """Return SQL of the protected value; null stays null."""
        raise NotImplementedError

    def protected_text(self, cell: Cell) -> str:
        """Return SQL of the protected text of a value that need not be of the column's type."""
        return self.protected(cell)


def only_typed(protected: str, cell: Cell) -> str:
    """Return SQL of a protected value as text; of what is no value of the type, only that it was there."""
    return (
        f"CASE WHEN {cell.typed} IS NOT NULL THEN CAST({protected} AS VARCHAR) "
        f"WHEN {cell.text} IS NOT NULL THEN '(protected)' END"
    )


def demand_type(rule: Rule, columns: Mapping[str, Column], *types: ColumnType) -> None:
    """Make sure that the columns that a rule reads have one of some types.

    Raises
    ------
    InvalidSpec
        One has another type.
    """
    for name in rule.reads():
        if columns[name].type not in types:
            raise invalid(rule, f"{name} of type {columns[name].type}", expected=" or ".join(types))


def finite(value: str, kind: ColumnType) -> str:
    """Return SQL of a value that is no infinity and not NaN."""
    return let("x", value, "CASE WHEN isfinite(x) THEN x END") if kind == "decimal" else value
