"""Evolution: a file with more columns or wider values than declared, where the contract allows it."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, c1)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.errors import InvalidSpec
from penstock.onboarding.formats.loaded import Loaded
from penstock.quality import compile_contract, source
from penstock.quality.types import value_of
from penstock.specs import Column, Contract
from penstock.specs.base import ColumnType

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WIDER: dict[ColumnType, ColumnType] = {"integer": "decimal", "date": "timestamp"}
"""Types that hold every value of another, and more."""
_TOGETHER = 256
"""Columns that one query counts."""


@dataclass(frozen=True)
class Widened:
    """A column whose values demand a wider type."""

    column: str
    declared: ColumnType
    found: ColumnType


@dataclass(frozen=True)
class Evolution:
    """How a file differs from its contract.

    Parameters
    ----------
    added
        Columns that it has more: name in the file, name in the curated data. They are text.
    missing
        Declared columns that it has not; their values are null.
    widened
        Columns that have become wider.
    native
        Places of the columns whose values the file has in the column's type.
    """

    added: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    widened: tuple[Widened, ...] = ()
    native: frozenset[int] = frozenset()


def widened(connection: DuckDBPyConnection, loaded: Loaded) -> tuple[Contract, Evolution]:
    """Widen the types of a contract as the rows demand, if its policy is ``widen_types``.

    An integer column becomes decimal, and a date column a timestamp, when a value is one. A column becomes
    text only when more of its values do not fit than ``max_quarantined`` tolerates: a few wrong values
    stay wrong values, and go to the quarantine.

    Parameters
    ----------
    connection
        Holds the rows.
    loaded
        The rows, and the contract with the columns that were added.

    Returns
    -------
    tuple
        The contract to go on with, and how it differs from the declared one.
    """
    contract, changes = loaded.contract, []
    if contract.evolution == "widen_types":
        for place, kind in _demanded(connection, loaded).items():
            column = contract.columns[place]
            wider = _with_type(contract, place, kind)
            if _is_sound(wider):
                contract = wider
                changes.append(Widened(column.name, column.type, kind))
    same = {
        place
        for place in loaded.native
        if contract.columns[place].type == loaded.contract.columns[place].type
    }
    return contract, Evolution(loaded.added, loaded.missing, tuple(changes), frozenset(same))


def _demanded(connection: DuckDBPyConnection, loaded: Loaded) -> dict[int, ColumnType]:
    """Return the columns that must become wider, by their places, with the type."""
    places = [place for place, column in enumerate(loaded.contract.columns) if column.type != "string"]
    found: dict[int, ColumnType] = {}
    for first in range(0, len(places), _TOGETHER):
        found |= _counted(connection, loaded, places[first : first + _TOGETHER])
    return found


def _counted(connection: DuckDBPyConnection, loaded: Loaded, places: list[int]) -> dict[int, ColumnType]:
    """Count the values that fit neither the declared type nor the one that is wider."""
    contract = loaded.contract
    rows = source(contract, loaded.table, row=loaded.row, native=loaded.native)
    counts = []
    for place in places:
        column, text = contract.columns[place], f"c{place}"
        misfit = f"({text} IS NOT NULL AND t{place} IS NULL)"
        wide = _wide(column)
        fits = value_of(wide, text, contract.format) if wide else "NULL"
        counts.append(f"count(*) FILTER (WHERE {misfit})")
        counts.append(f"count(*) FILTER (WHERE {misfit} AND {fits} IS NOT NULL)")
    numbers = iter(
        connection.execute(f"SELECT {', '.join(counts)} FROM ({rows})").fetchall()[0] if counts else ()
    )
    tolerated = contract.max_quarantined * loaded.rows
    found: dict[int, ColumnType] = {}
    for place, misfits, fitting in zip(places, numbers, numbers, strict=True):
        wide = _wide(contract.columns[place])
        if misfits - fitting > tolerated:
            found[place] = "string"
        elif fitting and wide:
            found[place] = wide.type
    return found


def _wide(column: Column) -> Column | None:
    """Return a column with the wider type, None if only text is wider."""
    wider = _WIDER.get(column.type)
    return column.model_copy(update={"type": wider, "written": ""}) if wider else None


def _with_type(contract: Contract, place: int, kind: ColumnType) -> Contract:
    """Return a contract with another type of one column."""
    columns = list(contract.columns)
    written = "" if kind == "timestamp" else columns[place].written
    columns[place] = columns[place].model_copy(update={"type": kind, "written": written})
    return contract.model_copy(update={"columns": tuple(columns)})


def _is_sound(contract: Contract) -> bool:
    """Tell whether the contract's rules can still be put to its columns."""
    try:
        compile_contract(contract)
    except InvalidSpec:
        return False
    return True
