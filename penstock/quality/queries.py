"""Queries that a steward writes in SQL: taken apart, each part held to what is harmless, and written anew."""

# ruff: noqa: S608 - only what was parsed and allowed enters SQL

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from penstock.quality.conditions import ASKED
from penstock.quality.expressions import MOST, Expression, parse_expression

TABLE = "dataset"
"""The name by which a query calls the dataset."""
_PARTS = {"kind", "expressions", "from_", "from", "where", "group", "having"}


@dataclass(frozen=True)
class ParsedQuery:
    """A harmless query over one dataset.

    Parameters
    ----------
    selected, groups
        Expressions; none selected means every column.
    where, having
        Conditions, or None.
    """

    selected: tuple[Expression, ...]
    where: Expression | None = None
    groups: tuple[Expression, ...] = ()
    having: Expression | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it reads."""
        parts = [*self.selected, self.where, *self.groups, self.having]
        return tuple(dict.fromkeys(name for part in parts if part for name in part.columns))

    @property
    def is_single(self) -> bool:
        """Whether it yields one value."""
        return len(self.selected) == 1 and not self.groups and _has_aggregate(self.selected[0].text)

    def sql(self, names: Mapping[str, str]) -> str:
        """Write it over the rows that conditions are put to, with places for names."""
        selected = ", ".join(part.sql(names) for part in self.selected) or "1"
        where = f" WHERE {self.where.sql(names)}" if self.where else ""
        groups = f" GROUP BY {', '.join(part.sql(names) for part in self.groups)}" if self.groups else ""
        having = f" HAVING {self.having.sql(names)}" if self.having else ""
        return f"SELECT {selected} FROM {ASKED}{where}{groups}{having}"


@lru_cache(maxsize=1_024)
def parse_query(text: str) -> ParsedQuery:
    """Parse a query and make sure that it can do nothing but read the dataset once.

    Raises
    ------
    ValueError
        It is no single SELECT from ``dataset``, or does what is not allowed; the message names that.

    Examples
    --------
    >>> query = parse_query("SELECT country FROM dataset GROUP BY country HAVING count(*) < 3")
    >>> query.columns
    ('country',)
    >>> query.sql({"country": "t0"})
    'SELECT ("t0") FROM asked GROUP BY ("t0") HAVING (COUNT(*) < 3)'
    >>> parse_query("SELECT * FROM read_csv('/etc/passwd')")
    Traceback (most recent call last):
    ...
    ValueError: a query selects FROM dataset alone
    """
    from sqlglot import exp

    tree = _tree(text)
    extra = {part for part, value in tree.args.items() if value} - _PARTS
    if extra:
        raise ValueError(f"a query may not hold {', '.join(sorted(extra)).upper()}")
    source = (tree.args.get("from_") or tree.args.get("from")).this
    if not isinstance(source, exp.Table) or source.sql(dialect="duckdb").lower() != TABLE:
        raise ValueError(f"a query selects FROM {TABLE} alone")
    selected = [part.unalias() for part in tree.selects if not isinstance(part, exp.Star)]
    group, where, having = (tree.args.get(part) for part in ("group", "where", "having"))
    return ParsedQuery(
        selected=tuple(_part(part, aggregates=True) for part in selected),
        where=_part(where.this) if where else None,
        groups=tuple(_part(part) for part in _keys(group)) if group else (),
        having=_part(having.this, aggregates=True) if having else None,
    )


def _tree(text: str) -> Any:
    """Return the syntax tree of a single SELECT."""
    import sqlglot
    from sqlglot import exp

    if not text.strip() or len(text) > MOST:
        raise ValueError(f"a query has 1 to {MOST:,} characters")
    try:
        statements = sqlglot.parse(text, read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ValueError(f"{text!r} is no SQL query") from error
    found = statements[0] if len(statements) == 1 else None
    if not isinstance(found, exp.Select) or not (found.args.get("from_") or found.args.get("from")):
        raise ValueError(f"{text!r} is not one SELECT FROM {TABLE}")
    return found


def _keys(group: Any) -> list[Any]:
    """Return the expressions of a plain GROUP BY."""
    if any(value for part, value in group.args.items() if part != "expressions"):
        raise ValueError("a query may not hold GROUPING SETS, ROLLUP or CUBE")
    return list(group.expressions)


def _part(node: Any, *, aggregates: bool = False) -> Expression:
    """Hold a part of the query to what expressions may do."""
    return parse_expression(node.sql(dialect="duckdb", comments=False), aggregates=aggregates)


def _has_aggregate(text: str) -> bool:
    """Tell whether an expression needs aggregates."""
    try:
        parse_expression(text)
    except ValueError:
        return True
    return False
