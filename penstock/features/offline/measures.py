"""What each feature is computed from: columns of a query that are there, in types that can be measured."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from penstock.errors import SchemaMismatch
from penstock.quality.expressions import parse_expression
from penstock.specs.base import ColumnType
from penstock.specs.features import Feature, FeatureView, span
from penstock.tables import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEY, MOMENT = "__key", "__moment"
_EMPTY = "__empty"
SQL_TYPES: dict[ColumnType, str] = {
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "string": "VARCHAR",
}
_MEASURED = frozenset({"mean", "sum", "deviation", "share_above"})
_COUNTED = frozenset({"count", "distinct"})
_WHOLE = frozenset(
    "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT".split()
)


@dataclass(frozen=True)
class Measure:
    """A feature, and the columns of the source query that it is computed from.

    Parameters
    ----------
    value
        Column of the values; None for a count of rows.
    where
        Column that says which rows count; None for all.
    type
        The feature's type.
    """

    feature: Feature
    value: str | None
    where: str | None
    type: ColumnType

    @property
    def window(self) -> int | None:
        """The window in microseconds; None for all rows so far."""
        asked = self.feature.window
        return span(asked) // timedelta(microseconds=1) if asked else None


class Measuring:
    """Finds out how a view's features are measured on columns.

    Parameters
    ----------
    columns
        The source's columns and their SQL types.
    scan
        SQL table of the source.
    """

    def __init__(
        self, connection: DuckDBPyConnection, view: FeatureView, columns: Mapping[str, str], scan: str
    ) -> None:
        self._connection, self._view, self._columns = connection, view, columns
        self.selected: dict[str, str] = {}
        self._check_key()
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {_EMPTY} AS SELECT * FROM {scan} LIMIT 0")

    def measure(self, feature: Feature, types: Mapping[str, ColumnType]) -> Measure:
        """Return how a feature is measured, adding the columns that it needs to the selected ones.

        Parameters
        ----------
        types
            Expected ones by feature, as far as known.
        """
        for name in _columns(feature):
            if name not in self._columns:
                raise self._mismatch(name, "no such column", f"a column, for feature {feature.name!r}")
        value = self._value(feature, types.get(feature.name))
        where = self.condition(feature.name, feature.where) if feature.where else None
        kind = feature.known_type or self._column_type(feature, types.get(feature.name))
        return Measure(feature, self._select(value), self._select(where), kind)

    def condition(self, name: str, text: str) -> str:
        """Return a condition as SQL for which null is false."""
        for column in parse_expression(text).columns:
            if column not in self._columns:
                raise self._mismatch(column, "no such column", f"a column, for {name!r}")
        sql = f"coalesce(({self._written(text)})::BOOLEAN, FALSE)"
        if sql not in self.selected.values():
            self._described(name, sql)
        return sql

    def _check_key(self) -> None:
        """Refuse a key or timestamp that is missing or of another type."""
        entity, moment = self._view.entity, self._view.timestamp
        for name, expected in ((entity.key, entity.type), (moment, "date or timestamp")):
            if name not in self._columns:
                raise self._mismatch(name, "no such column", expected)
        found = self._columns[entity.key]
        if _kind(found) != entity.type:
            raise self._mismatch(entity.key, found, f"{entity.type}, as entity {entity.name!r} says")
        if _kind(self._columns[moment]) not in {"date", "timestamp"}:
            raise self._mismatch(moment, self._columns[moment], "date or timestamp")

    def _select(self, sql: str | None) -> str | None:
        """Return the name of a column of the query, the same for the same SQL."""
        if sql is None:
            return None
        known = {text: name for name, text in self.selected.items()}
        name = known.get(sql, f"__c{len(self.selected)}")
        self.selected[name] = sql
        return name

    def _value(self, feature: Feature, expected: ColumnType | None) -> str | None:
        """Return a feature's values as SQL, NaN as null; None for a count of rows."""
        if feature.expression:
            sql = self._written(feature.expression)
            found = self._described(feature.name, sql)
        elif feature.of:
            sql, found = quoted(feature.of), self._columns[feature.of]
        else:
            return None
        return _typed(sql, self._value_type(feature, found, expected))

    def _value_type(self, feature: Feature, found: str, expected: ColumnType | None) -> ColumnType | None:
        """Return the type of the values that a feature is computed from; None for any text of them."""
        if feature.aggregate in _MEASURED:
            if _kind(found) not in {"integer", "decimal", "boolean"}:
                name = feature.of or feature.name
                raise self._mismatch(name, found, f"a number, for its {feature.aggregate}")
            return "decimal"
        if feature.aggregate in _COUNTED:
            return None if found.startswith("DECIMAL") else _kind(found)
        return feature.known_type or self._column_type(feature, expected)

    def _column_type(self, feature: Feature, expected: ColumnType | None) -> ColumnType:
        """Return the type of a feature that has its column's, which must be what was expected."""
        name = feature.of or ""
        found = _kind(self._columns[name])
        wanted = expected or found
        if found is None or wanted is None or not _fits(found, wanted):
            raise self._mismatch(name, self._columns[name], wanted or "a plain type")
        return wanted

    def _written(self, text: str) -> str:
        """Return an expression as it was understood."""
        return parse_expression(text).sql({name: name for name in self._columns})

    def _described(self, name: str, sql: str) -> str:
        """Return the type of an expression, which can be evaluated on the source's columns."""
        import duckdb

        try:
            return str(self._connection.execute(f"DESCRIBE SELECT {sql} AS x FROM {_EMPTY}").fetchall()[0][1])
        except duckdb.Error as error:
            raise SchemaMismatch(
                "An expression of the view cannot be evaluated on its source.",
                found=str(error).splitlines()[0],
                where=f"view {self._view.name!r}, {name}",
                action="Change the expression, or give the view a new version for the new schema.",
            ) from error

    def _mismatch(self, column: str, found: str, expected: str) -> SchemaMismatch:
        view = self._view
        return SchemaMismatch(
            "The source of the view is not what its features were declared for.",
            found=f"{column}: {found}",
            expected=f"{column}: {expected}",
            where=f"view {view.name!r} version {view.version}, dataset {view.dataset!r}",
            action="Change the view together with its version, or the dataset's contract back.",
        )


def _columns(feature: Feature) -> Iterator[str]:
    """Yield the columns that a feature reads."""
    if feature.of:
        yield feature.of
    for text in (feature.expression, feature.where):
        if text:
            yield from parse_expression(text).columns


def _typed(sql: str, kind: ColumnType | None) -> str:
    """Return a value in a feature's type; no NaN and no negative zero among numbers."""
    if kind == "decimal":
        number = f"({sql})::DOUBLE + 0.0"
        return f"CASE WHEN NOT isnan({number}) THEN {number} END"
    return f"({sql})::{SQL_TYPES[kind or 'string']}"


def _fits(found: ColumnType, expected: ColumnType) -> bool:
    """Tell whether every value of a type is one of another."""
    return found == expected or (found, expected) in {("integer", "decimal"), ("date", "timestamp")}


def _kind(found: str) -> ColumnType | None:
    """Return the type that an SQL type stands for."""
    if found in _WHOLE:
        return "integer"
    if found in {"FLOAT", "DOUBLE"} or found.startswith("DECIMAL"):
        return "decimal"
    names: dict[str, ColumnType] = {"BOOLEAN": "boolean", "DATE": "date", "VARCHAR": "string"}
    return names.get(found) or ("timestamp" if found.startswith("TIMESTAMP") else None)
