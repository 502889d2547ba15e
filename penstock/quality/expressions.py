"""Expressions that a steward writes in SQL: parsed, held to what is known to be harmless, written anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MOST = 10_000
"""Characters of an expression."""

_NODES = frozenset(
    "Abs Add And Anonymous Between Boolean Case Cast Ceil Coalesce Column Concat Contains DPipe "
    "DataType Date DateAdd DateDiff DateSub DateTrunc Day DayOfWeek DayOfYear Dayname Distinct Div EQ "
    "EndsWith Escape Exp Extract Filter Floor GT GTE Greatest Hour ILike Identifier If In IntDiv "
    "Interval Is IsInf IsNan LT LTE Least Left Length Levenshtein Like Literal Ln Log Lower Minute Mod "
    "Month Monthname Mul NEQ Neg Not Null NullSafeEQ NullSafeNEQ Nullif Or Paren Pow Quarter "
    "RegexpExtract RegexpFullMatch RegexpLike RegexpReplace Replace Right Round SafeDivide Second Sign "
    "Sqrt StartsWith StrPosition Sub Substring TimestampTrunc Trim Trunc TryCast Tuple Upper Var Week "
    "Where Year".split()
)
_AGGREGATES = frozenset(
    "Count CountIf Sum Avg Min Max Stddev StddevSamp StddevPop Variance VariancePop Median Corr "
    "CovarSamp CovarPop ApproxDistinct Quantile PercentileCont LogicalAnd LogicalOr".split()
)
_FUNCTIONS = frozenset(
    "regexp_full_match regexp_matches isfinite isnan starts_with ends_with contains date_diff date_part "
    "least greatest strip_accents isodow hour minute second epoch last_day".split()
)
_TYPES = frozenset(
    "TEXT VARCHAR CHAR INT BIGINT SMALLINT TINYINT DOUBLE FLOAT DECIMAL BOOLEAN DATE TIMESTAMP".split()
)


@dataclass(frozen=True)
class Expression:
    """A harmless SQL expression over the columns of a row (or over aggregates of a table).

    Parameters
    ----------
    text
        As it was written.
    columns
        Names of the columns that it reads, in order of appearance.
    """

    text: str
    columns: tuple[str, ...]
    aggregates: bool = False

    def sql(self, names: Mapping[str, str]) -> str:
        """Write it for DuckDB, with SQL identifiers in place of column names."""
        from sqlglot import exp

        def placed(node: Any) -> Any:
            """Return a column under its other name."""
            known = isinstance(node, exp.Column)
            return exp.column(exp.to_identifier(names[node.name], quoted=True)) if known else node

        tree = _tree(self.text).copy().transform(placed)
        return f"({tree.sql(dialect='duckdb', comments=False)})"


@lru_cache(maxsize=1_024)
def parse_expression(text: str, *, aggregates: bool = False) -> Expression:
    """Parse an expression and make sure that it can do nothing but compute.

    It is read in DuckDB's dialect. What runs is not the text but what was understood of it, so that nothing
    hides from the parser. Subqueries, table functions, files, settings, variables, lambdas, window functions
    and everything else that is not on the list are refused.

    Parameters
    ----------
    text
        Such as ``price * quantity`` or ``count(*) FILTER (WHERE paid) > 10``.
    aggregates
        Whether aggregate functions may be used.

    Raises
    ------
    ValueError
        It is no expression, or does what is not allowed; the message names that.

    Examples
    --------
    >>> parse_expression("price * quantity").columns
    ('price', 'quantity')
    >>> parse_expression("price * quantity").sql({"price": "t0", "quantity": "t1"})
    '("t0" * "t1")'
    >>> parse_expression("(SELECT secret FROM other)")
    Traceback (most recent call last):
    ...
    ValueError: '(SELECT secret FROM other)' may not hold Subquery
    """
    from sqlglot import exp

    for node in _tree(text).walk():
        if problem := _problem(node, aggregates=aggregates):
            raise ValueError(f"{text!r} may not hold {problem}")
    names = [column.name for column in _tree(text).find_all(exp.Column, bfs=False)]
    return Expression(text, tuple(dict.fromkeys(names)), aggregates)


@lru_cache(maxsize=1_024)
def _tree(text: str) -> Any:
    """Return the syntax tree of an expression."""
    import sqlglot
    from sqlglot import exp

    if not text.strip() or len(text) > MOST:
        raise ValueError(f"an expression has 1 to {MOST:,} characters")
    try:
        statements = sqlglot.parse(f"SELECT {text}", read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ValueError(f"{text!r} is no SQL expression: {_said(error)}") from error
    found = statements[0] if len(statements) == 1 else None
    if not isinstance(found, exp.Select) or set(_filled(found)) != {"expressions"} or len(found.selects) != 1:
        raise ValueError(f"{text!r} is not one SQL expression")
    return found.selects[0]


def _filled(node: Any) -> Iterator[str]:
    """Yield which parts of a node are there."""
    return (name for name, value in node.args.items() if value)


def _said(error: Exception) -> str:
    """Return what the parser says, without its escape codes for terminals."""
    lines = str(error).splitlines()
    return lines[0].split(". Line")[0] if lines else type(error).__name__


def _problem(node: Any, *, aggregates: bool) -> str:
    """Return what is wrong with one node of a tree, nothing if it is harmless."""
    from sqlglot import exp

    kind = type(node).__name__
    if isinstance(node, exp.Star):
        return "" if isinstance(node.parent, exp.Count) else "*"
    if kind not in _NODES and not (aggregates and kind in _AGGREGATES):
        return f"the aggregate {kind}" if kind in _AGGREGATES else kind
    if isinstance(node, exp.Column) and (node.table or isinstance(node.this, exp.Star)):
        return f"the qualified name {node.sql(dialect='duckdb')}"
    if isinstance(node, exp.Anonymous) and node.name.lower() not in _FUNCTIONS:
        return f"the function {node.name}"
    if isinstance(node, exp.DataType) and node.this.name not in _TYPES and not node.is_type("interval"):
        return f"the type {node.sql(dialect='duckdb')}"
    return ""
