"""On-demand features: computed at request time, by the same SQL for training tables and request rows."""

# ruff: noqa: S608 - names enter SQL quoted, expressions only as the parser understood them

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidSpec, PenstockError
from penstock.quality.expressions import parse_expression
from penstock.specs.base import ColumnType
from penstock.tables.sql import quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from penstock.specs.features import OnDemandFeature

Types = Mapping[str, ColumnType]
_SQL: Mapping[ColumnType, str] = {
    "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP", "string": "VARCHAR",
}  # fmt: skip
_WHOLE = frozenset(f"{sign}{name}" for sign in ("", "U") for name in
                   ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"))  # fmt: skip
_RESULTS: Mapping[ColumnType, frozenset[str]] = {
    "integer": _WHOLE, "decimal": _WHOLE | {"DOUBLE", "FLOAT", "DECIMAL"}, "boolean": frozenset({"BOOLEAN"}),
    "date": frozenset({"DATE"}), "timestamp": frozenset({"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}),
    "string": frozenset({"VARCHAR"}),
}  # fmt: skip
_LOCAL = threading.local()


class FeaturesNotComputed(PenstockError, ValueError):
    """An on-demand feature lacks a column that it is computed from, or a value cannot be computed with."""


def compute_on_demand(
    table: pa.Table, features: Sequence[OnDemandFeature], *, types: Types | None = None
) -> pa.Table:
    """Return a table with on-demand features added.

    Parameters
    ----------
    table
        Has the columns that the features are computed from.
    features
        In an order in which each uses columns and features before it alone.
    types
        What the columns are; as the table says when None.

    Raises
    ------
    FeaturesNotComputed
        A column is missing, or an expression fails on a value.
    InvalidSpec
        An expression's value is of another type than the feature.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from penstock.specs.features import OnDemandFeature
    >>> ratio = OnDemandFeature(name="ratio", expression="amount / usual", type="decimal")
    >>> compute_on_demand(pa.table({"amount": [3.0], "usual": [2]}), [ratio]).to_pylist()
    [{'amount': 3.0, 'usual': 2, 'ratio': 1.5}]

    See Also
    --------
    compute_columns : the same for a few rows.
    """
    if not features:
        return table
    known = types if types is not None else _types_of(table)
    plan = _plan(tuple(features), _used(features, table.column_names, known))
    connection = _connection()
    connection.register("given", table.select(list(plan.names)) if plan.names else _counted(len(table)))
    try:
        made = _told(lambda: connection.sql(plan.sql("FROM given")).to_arrow_table())
    finally:
        connection.unregister("given")
    for feature in features:
        table = _with_column(table, feature.name, made.column(feature.name))
    return table


def compute_columns(
    columns: Mapping[str, Sequence[Any]], features: Sequence[OnDemandFeature], *, types: Types, count: int
) -> dict[str, list[Any]]:
    """Return the columns of on-demand features of a few rows.

    Parameters
    ----------
    columns
        Plain values, None for null; times may be texts (ISO 8601).
    types
        What they are.
    count
        Rows.

    Raises
    ------
    FeaturesNotComputed
        A column is missing, or an expression fails on a value.

    Examples
    --------
    >>> from penstock.specs.features import OnDemandFeature
    >>> ratio = OnDemandFeature(name="ratio", expression="amount / usual", type="decimal")
    >>> types = {"amount": "decimal", "usual": "integer"}
    >>> compute_columns({"amount": [3, None]}, [ratio], types=types, count=2)
    Traceback (most recent call last):
    ...
    penstock.features.on_demand.FeaturesNotComputed: An on-demand feature lacks a column.
      found: amount
      expected: usual
      where: on-demand feature 'ratio'
      what to do: Send it with the request, or take the view that has it.
    """
    if not features or not count:
        return {feature.name: [] for feature in features}
    plan = _plan(tuple(features), _used(features, columns, types))
    given = [list(columns[name]) for name in plan.names] or [list(range(count))]
    connection = _connection()
    rows = _told(lambda: connection.execute(_statement(connection, plan), given).fetchall())
    made = list(zip(*rows, strict=True))
    return {feature.name: list(column) for feature, column in zip(features, made, strict=True)}


@dataclass(frozen=True)
class _Plan:
    """The query of features, but for what the columns come from."""

    names: tuple[str, ...]
    kinds: tuple[ColumnType, ...]
    levels: tuple[str, ...]
    features: tuple[str, ...]

    def sql(self, source: str) -> str:
        """Return the query over a source that has the columns by their names."""
        cast = ", ".join(
            f"{quoted(name)}::{_SQL[kind]} AS {quoted(name)}"
            for name, kind in zip(self.names, self.kinds, strict=True)
        )
        query = f"SELECT {cast or '0'} {source}"
        for level in self.levels:
            query = f"SELECT *, {level} FROM ({query})"
        return f"SELECT {', '.join(map(quoted, self.features))} FROM ({query})"

    @property
    def over_parameters(self) -> str:
        """Return the query over one list a column."""
        kinds = self.kinds or ("integer",)
        names = self.names or ("__row",)
        lists = ", ".join(f"unnest(${n}::{_SQL[kind]}[]) AS {quoted(name)}"
                          for n, (name, kind) in enumerate(zip(names, kinds, strict=True), 1))  # fmt: skip
        return self.sql(f"FROM (SELECT {lists})")


def _used(
    features: Sequence[OnDemandFeature], there: Any, types: Types
) -> tuple[tuple[str, ColumnType], ...]:
    """Return name and type of the columns that features are computed from."""
    used: dict[str, ColumnType] = {}
    made: set[str] = set()
    for feature in features:
        for name in parse_expression(feature.expression).columns:
            if name in made:
                continue
            if name not in there or name not in types:
                raise FeaturesNotComputed(
                    "An on-demand feature lacks a column.", found=", ".join(map(str, there)) or "no columns",
                    expected=name, where=f"on-demand feature {feature.name!r}",
                    action="Send it with the request, or take the view that has it.",
                )  # fmt: skip
            used[name] = types[name]
        made.add(feature.name)
    return tuple(used.items())


@lru_cache(maxsize=256)
def _plan(features: tuple[OnDemandFeature, ...], used: tuple[tuple[str, ColumnType], ...]) -> _Plan:
    """Plan features over columns, those that do not need each other together, and check their types."""
    names = {name: name for name in (*dict(used), *(feature.name for feature in features))}
    levels: list[list[str]] = []
    level_of: dict[str, int] = {}
    for feature in features:
        expression = parse_expression(feature.expression)
        level = 1 + max((level_of[name] for name in expression.columns if name in level_of), default=-1)
        level_of[feature.name] = level
        levels += [[]] if level == len(levels) else []
        made = f"({expression.sql(names)})::{_SQL[feature.type]} AS {quoted(feature.name)}"
        levels[level].append(made)
    plan = _Plan(
        tuple(dict(used)), tuple(dict(used).values()), tuple(", ".join(level) for level in levels),
        tuple(feature.name for feature in features),
    )  # fmt: skip
    _check_types(plan, features, names)
    return plan


def _check_types(plan: _Plan, features: tuple[OnDemandFeature, ...], names: Mapping[str, str]) -> None:
    """Refuse features whose expression is of another type: a cast would change values without a word."""
    bare = tuple(
        f"({parse_expression(feature.expression).sql(names)}) AS x{n}" for n, feature in enumerate(features)
    )
    nothing = ", ".join(
        f"NULL::{_SQL[kind]} AS {quoted(name)}" for name, kind in zip(plan.names, plan.kinds, strict=True)
    )
    connection = _connection()
    query = f"SELECT {nothing or '0'}"
    for level in plan.levels:
        query = f"SELECT *, {level} FROM ({query})"
    described = _told(
        lambda: connection.execute(f"DESCRIBE SELECT {', '.join(bare)} FROM ({query})").fetchall()
    )
    for feature, row in zip(features, described, strict=True):
        found = str(row[1]).split("(")[0].strip('"')
        if found not in _RESULTS[feature.type] and found != "NULL":
            raise InvalidSpec(
                "An on-demand feature computes another type than it says.",
                found=str(row[1]),
                expected=feature.type,
                where=f"on-demand feature {feature.name!r}",
                action="Correct its type, or cast in its expression.",
            )


def _told(work: Callable[[], Any]) -> Any:
    """Do work in the database; what fails on a value is told as such."""
    import duckdb

    try:
        return work()
    except duckdb.Error as error:
        raise FeaturesNotComputed(
            "On-demand features cannot be computed.", found=str(error).splitlines()[0][:300],
            action="Correct the value, or guard the expression (try_cast, nullif).",
        ) from error  # fmt: skip


def _statement(connection: DuckDBPyConnection, plan: _Plan) -> Any:
    """Return the query over lists, parsed once a thread."""
    known = _LOCAL.statements
    if plan not in known:
        if len(known) >= 256:  # noqa: PLR2004
            known.clear()
        [known[plan]] = connection.extract_statements(plan.over_parameters)
    return known[plan]


def _connection() -> DuckDBPyConnection:
    """Return this thread's database in memory, which reaches nothing outside."""
    if not hasattr(_LOCAL, "connection"):
        import duckdb

        _LOCAL.connection = duckdb.connect(config={
            "threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False,
            "enable_external_access": False,
        })  # fmt: skip
        _LOCAL.connection.execute("SET TimeZone = 'UTC'")
        _LOCAL.statements = {}
    connection: DuckDBPyConnection = _LOCAL.connection
    return connection


def _types_of(table: pa.Table) -> dict[str, ColumnType]:
    """Return what the columns of an Arrow table are; others are left out."""
    import pyarrow as pa

    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary)
    ask: dict[ColumnType, Any] = {
        "integer": pa.types.is_integer, "boolean": pa.types.is_boolean, "date": pa.types.is_date,
        "timestamp": pa.types.is_timestamp,
        "decimal": lambda kind: pa.types.is_floating(kind) or pa.types.is_decimal(kind),
        "string": lambda kind: any(ask(kind) for ask in texts),
    }  # fmt: skip
    found: dict[str, ColumnType] = {}
    for field in table.schema:
        for kind, fits in ask.items():
            if fits(field.type):
                found[field.name] = kind
    return found


def _counted(rows: int) -> pa.Table:
    """Return a table with so many rows."""
    import numpy as np
    import pyarrow as pa

    return pa.table({"__row": np.arange(rows)})


def _with_column(table: pa.Table, name: str, column: Any) -> pa.Table:
    """Add a column, or replace the one of that name."""
    place = table.schema.get_field_index(name)
    return table.append_column(name, column) if place < 0 else table.set_column(place, name, column)
