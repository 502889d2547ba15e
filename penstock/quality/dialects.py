"""The same rules as SQL of other engines: Athena (Trino) and Spark (Glue)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

Dialect = Literal["athena", "spark"]

_PORTABLE = frozenset(
    "Abs Add Alias And Anonymous AtTimeZone Avg Between Boolean CTE Case Cast Ceil Coalesce Column Corr "
    "Count CountIf CovarPop CovarSamp DPipe DataType DataTypeParam DateDiff DateTrunc Day Distinct Div "
    "EQ EndsWith Escape Exists Exp Extract Filter Floor From GT GTE Group Having Hour ILike Identifier "
    "If In Interval Is IsNan Join LT LTE Length Like Limit Literal Ln LogicalAnd LogicalOr Lower Max "
    "Min Minute Mod Month Mul NEQ Neg Not Null NullSafeEQ NullSafeNEQ Nullif Or Order Ordered Paren Pow "
    "Quarter Rank RegexpLike RegexpReplace Replace Round RowNumber Select Sign Sqrt Star StartsWith "
    "Stddev StddevPop StddevSamp Sub Subquery Substring Sum Table TableAlias TimestampTrunc Trim Try "
    "TryCast Tuple Upper Var Variance VariancePop Where Window WindowSpec With Year".split()
)
"""Syntax that both engines, with what is corrected below, understand as DuckDB does."""

_FUNCTIONS: dict[Dialect, frozenset[str]] = {
    "athena": frozenset(["date_parse", "from_iso8601_timestamp_nanos"]),
    "spark": frozenset(["try_to_timestamp", "percentile"]),
}
_SPARK_CODES = {
    "d": "d", "m": "M", "Y": "y", "y": "yy", "H": "H", "M": "m", "S": "s", "b": "MMM",
    "B": "MMMM", "j": "D",
    "I": "h", "p": "a", "f": "SSSSSS", "%": "%",
}  # fmt: skip
_SPARK_FULL = {"d": "dd", "m": "MM", "Y": "yyyy", "H": "HH", "M": "mm", "S": "ss", "I": "hh", "j": "DDD"}
_TRINO_CODES = {
    "d": "%d", "m": "%m", "Y": "%Y", "y": "%y", "H": "%H", "M": "%i", "S": "%s", "b": "%b",
    "B": "%M", "j": "%j",
    "I": "%h", "p": "%p", "f": "%f", "%": "%%",
}  # fmt: skip


_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "digit": "0-9", "lower": "a-z", "upper": "A-Z",
    "xdigit": "0-9A-Fa-f", "word": "0-9A-Za-z_", "space": r"\t-\r ", "blank": r"\t ",
    "punct": r"!-/:-@\[-`{-~", "cntrl": r"\x00-\x1f\x7f",
}  # fmt: skip


_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\(\?P<\w+>|\$", re.DOTALL)
_MEMBER = re.compile(r"\\.|\[:\^?\w+:\]|.", re.DOTALL)


class NotPortable(ValueError):
    """An engine has nothing that means the same."""


def to_athena(sql: str) -> str:
    r"""Translate a query or expression of DuckDB, as rules compile to, to Athena's SQL (engine version 3).

    Raises
    ------
    ValueError
        Athena has nothing that means the same; the message names what it lacks.

    Examples
    --------
    >>> to_athena("count_if(regexp_full_match(t0, '[a-z]+$'))")
    "COUNT_IF(REGEXP_LIKE(t0, '^(?:[a-z]+\\z)\\z'))"
    """
    return translated(sql, "athena")


def to_spark(sql: str) -> str:
    """Translate a query or expression of DuckDB, as rules compile to, to Spark's SQL (3.4 and newer).

    Raises
    ------
    ValueError
        Spark has nothing that means the same; the message names what it lacks.

    Examples
    --------
    >>> to_spark("TRY_CAST(c0 AS BIGINT) // 2")
    Traceback (most recent call last):
    ...
    penstock.quality.dialects.NotPortable: spark has no IntDiv
    """
    return translated(sql, "spark")


def translated(sql: str, dialect: Dialect) -> str:
    """Translate a query or expression of DuckDB to another dialect."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        tree = parse_one(sql, read="duckdb")
    except SqlglotError as error:
        raise NotPortable(f"not understood: {str(error).splitlines()[0]}") from error
    rules = _rules()
    for node in reversed(list(tree.walk())):
        correct = rules.get(type(node).__name__)
        if correct is None and isinstance(node, exp.Anonymous):
            correct = rules.get(node.name.lower())
        if correct is None:
            continue
        changed = correct(node, dialect)
        if node is tree:
            tree = changed
        elif changed is not node:
            node.replace(changed)
    for node in tree.walk():
        _demand_portable(node, dialect)
    return str(tree.sql(dialect=dialect, comments=False))


def _demand_portable(node: Any, dialect: Dialect) -> None:
    """Raise when a node of the tree is not known to mean the same."""
    from sqlglot import exp

    name = type(node).__name__
    if isinstance(node, exp.Anonymous):
        if node.name.lower() not in _FUNCTIONS[dialect]:
            raise NotPortable(f"{dialect} has no {node.name}")
    elif name not in _PORTABLE and not (name == "PercentileCont" and dialect == "spark"):
        raise NotPortable(f"{dialect} has no {name}")


Correction = Callable[[Any, Dialect], Any]


def _rules() -> dict[str, Correction]:
    """Return what corrects a node, by its class or, for functions that the parser does not know, by name."""
    return {
        "RegexpLike": _search,
        "RegexpFullMatch": _full_match,
        "regexp_full_match": _full_match,
        "regexp_matches": _search,
        "RegexpReplace": _replace_matches,
        "Trim": _trim,
        "TryCast": _try_cast,
        "Cast": _cast,
        "try_strptime": _parse_time,
        "StrToTime": _parse_time,
        "isfinite": _is_finite,
        "Div": _divide,
        "Mod": _divide,
        "DateDiff": _difference,
        "Like": _like_text,
        "quantile_cont": _quantile,
        "PercentileCont": _quantile,
        "Median": _quantile,
        "bool_and": _logical,
        "bool_or": _logical,
    }


def java_pattern(pattern: str) -> str:
    r"""Return a pattern of RE2 as Java reads it, which both engines use.

    The end of the text is ``\z``: Java's ``$`` also stands before a last line end. In sets, ``[`` and
    ``&&`` are escaped, since Java would read sets and intersections there.

    Examples
    --------
    >>> print(java_pattern("(?P<year>[0-9]{4}[[:alpha:]])$"))
    ([0-9]{4}[A-Za-z])\z
    """
    return _TOKEN.sub(lambda token: _java_token(token[0]), pattern)


def _java_token(token: str) -> str:
    """Return a token as Java reads it: an escape, a set, the start of a named group, or a ``$``."""
    if token == "$":  # noqa: S105
        return "\\z"
    if token.startswith("(?P<"):
        return "("
    return token if token.startswith("\\") else _java_set(token)


def _java_set(token: str) -> str:
    """Return a set with what Java would read otherwise escaped."""
    start = "[^" if token.startswith("[^") else "["
    body = token[len(start) : -1]
    first = "\\]" if body.startswith("]") else ""
    return start + first + _MEMBER.sub(lambda member: _java_member(member[0]), body[len(first) // 2 :]) + "]"


def _java_member(member: str) -> str:
    """Return a member of a set as Java reads it."""
    if not member.startswith("[:"):
        return f"\\{member}" if member in {"[", "&"} else member
    name = member.strip("[:]")
    if name not in _CLASSES:
        raise NotPortable(f"the class {member} is not the same everywhere; write its characters")
    return _CLASSES[name]


def _pattern(node: Any) -> str:
    """Return the pattern of a function, which must stand in the query itself."""
    from sqlglot import exp

    if not isinstance(node, exp.Literal) or not node.is_string:
        raise NotPortable("patterns must be written in the query")
    return str(node.this)


def _arguments(node: Any) -> list[Any]:
    """Return the arguments of a function in their order."""
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        return list(node.expressions)
    return [value for value in (node.this, node.args.get("expression")) if value is not None]


def _like(text: Any, pattern: str) -> Any:
    """Return a search for a pattern."""
    from sqlglot import exp

    return exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(pattern))


def _search(node: Any, dialect: Dialect) -> Any:
    """Search as RE2 does."""
    text, pattern = _arguments(node)[:2]
    return _like(text, java_pattern(_pattern(pattern)))


def _full_match(node: Any, dialect: Dialect) -> Any:
    """Match the whole text."""
    text, pattern = _arguments(node)[:2]
    return _like(text, f"^(?:{java_pattern(_pattern(pattern))})\\z")


def _replace_matches(node: Any, dialect: Dialect) -> Any:
    r"""Replace all matches; groups are called $1 in Java."""
    from sqlglot import exp

    modifiers = node.args.get("modifiers")
    if modifiers is None or modifiers.name != "g":
        raise NotPortable(f"{dialect} replaces all matches of a pattern, not the first alone")
    replacement = re.sub(r"\\([0-9])", r"$\1", _pattern(node.args["replacement"]).replace("$", "\\$"))
    return exp.RegexpReplace(
        this=node.this.copy(),
        expression=exp.Literal.string(java_pattern(_pattern(node.expression))),
        replacement=exp.Literal.string(replacement),
    )


def _trim(node: Any, dialect: Dialect) -> Any:
    """Remove spaces alone: Trino would remove other white space too."""
    from sqlglot import exp

    if node.expression is None:
        node.set("expression", exp.Literal.string(" "))
    return node


def _try_cast(node: Any, dialect: Dialect) -> Any:
    """Read numbers and moments from text as DuckDB does."""
    from sqlglot import exp

    kind = node.to.this
    if kind in exp.DataType.INTEGER_TYPES:
        whole = exp.RegexpReplace(
            this=node.this.copy(),
            expression=exp.Literal.string(r"\.0*\z"),
            replacement=exp.Literal.string(""),
        )
        return exp.TryCast(this=whole, to=node.to.copy(), safe=True)
    if kind in {exp.DataType.Type.TIMESTAMPTZ, *_zoneless()}:
        return _moment(node.this.copy(), dialect)
    node.set("safe", True)
    return node


def _zoneless() -> set[Any]:
    """Return the types of moments without a zone."""
    from sqlglot import exp

    return {exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ}


def _moment(text: Any, dialect: Dialect) -> Any:
    """Return the moment in UTC that a text of ISO 8601 says, null where it says none."""
    from sqlglot import exp

    if dialect == "spark":
        return exp.TryCast(this=text, to=exp.DataType.build("timestamp"), safe=True)
    iso = exp.func("replace", text, exp.Literal.string(" "), exp.Literal.string("T"))
    read = exp.Try(this=exp.Anonymous(this="from_iso8601_timestamp_nanos", expressions=[iso]))
    return exp.Cast(
        this=exp.AtTimeZone(this=read, zone=exp.Literal.string("UTC")),
        to=exp.DataType.build("timestamp(6)", dialect="trino"),
    )


def _cast(node: Any, dialect: Dialect) -> Any:
    """Name infinity as Java does; refuse types that the engine lacks."""
    from sqlglot import exp

    if isinstance(node, exp.TryCast):
        return node
    names = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
    if isinstance(node.this, exp.Literal) and node.this.name.lower() in names:
        node.this.replace(exp.Literal.string(names[node.this.name.lower()]))
    if node.to.this in {exp.DataType.Type.INT128, exp.DataType.Type.UINT128}:
        raise NotPortable(f"{dialect} has no HUGEINT")
    if node.to.this in _zoneless() and dialect == "athena" and not node.to.expressions:
        node.set("to", exp.DataType.build("timestamp(6)", dialect="trino"))
    if (
        dialect == "spark"
        and node.to.this in exp.DataType.INTEGER_TYPES
        and not isinstance(node.this, exp.Null)
    ):
        raise NotPortable("spark cuts decimals off where DuckDB rounds; use round or floor")
    return node


def _parse_time(node: Any, dialect: Dialect) -> Any:
    """Parse a time by a format, in the engine's own codes."""
    from sqlglot import exp

    text, written = (
        _arguments(node)[:2] if isinstance(node, exp.Anonymous) else (node.this, node.args["format"])
    )
    codes = _SPARK_CODES if dialect == "spark" else _TRINO_CODES
    parts = re.findall(r"%.|[^%]+", _pattern(written), flags=re.DOTALL)
    if unknown := [part for part in parts if part[0] == "%" and part[1:] not in codes]:
        raise NotPortable(f"{dialect} has no format code {unknown[0]}")
    if dialect == "spark":
        arguments = [text.copy(), exp.Literal.string(_spark_format(parts))]
        return exp.Anonymous(this="try_to_timestamp", expressions=arguments)
    format_ = exp.Literal.string("".join(codes[part[1:]] if part[0] == "%" else part for part in parts))
    return exp.Try(this=exp.Anonymous(this="date_parse", expressions=[text.copy(), format_]))


def _spark_format(parts: list[str]) -> str:
    """Return a format in Spark's codes: numbers of any width, but of full width where the next one begins."""
    out = []
    for place, part in enumerate(parts):
        beside = [*parts[place + 1 : place + 2], *parts[max(place - 1, 0) : place]]
        if not part.startswith("%"):
            out.append(re.sub(r"[A-Za-z]+", lambda letters: f"'{letters[0]}'", part.replace("'", "''")))
        elif any(one.startswith("%") for one in beside):
            out.append(_SPARK_FULL.get(part[1:], _SPARK_CODES[part[1:]]))
        else:
            out.append(_SPARK_CODES[part[1:]])
    return "".join(out)


def _is_finite(node: Any, dialect: Dialect) -> Any:
    """Tell whether a number is neither infinite nor NaN, which Spark holds to be larger than infinity."""
    from sqlglot import exp, parse_one

    value = _arguments(node)[0].copy()
    test = parse_one("(abs(x) < CAST('Infinity' AS DOUBLE))", read="duckdb")
    return test.transform(lambda one: value if isinstance(one, exp.Column) else one)


def _divide(node: Any, dialect: Dialect) -> Any:
    """Divide by zero as DuckDB does: into nothing."""
    from sqlglot import exp

    if not isinstance(node.expression, exp.Nullif):
        node.set("expression", exp.Nullif(this=node.expression.copy(), expression=exp.Literal.number(0)))
    return node


def _difference(node: Any, dialect: Dialect) -> Any:
    """Count the borders of units between two times; the translation to Trino does so itself."""
    from sqlglot import exp

    if dialect == "athena":
        return node
    unit = str(node.text("unit")).upper()
    first, last = (
        exp.func("date_trunc", exp.Literal.string(unit), one.copy(), dialect="spark")
        for one in (node.expression, node.this)
    )
    return exp.DateDiff(this=last, expression=first, unit=exp.var(unit))


def _like_text(node: Any, dialect: Dialect) -> Any:
    """Compare with a pattern of LIKE; a backslash means something to Spark alone."""
    if dialect == "spark" and "\\" in node.expression.name:
        raise NotPortable("spark reads a backslash in LIKE otherwise")
    return node


def _quantile(node: Any, dialect: Dialect) -> Any:
    """Compute an exact quantile, where the engine can."""
    from sqlglot import exp

    if dialect == "athena":
        raise NotPortable("athena has no exact quantiles")
    share = exp.Literal.number(0.5) if isinstance(node, exp.Median) else _arguments(node)[1].copy()
    return exp.Anonymous(this="percentile", expressions=[_arguments(node)[0].copy(), share])


def _logical(node: Any, dialect: Dialect) -> Any:
    """Tell whether all rows, or any, pass."""
    from sqlglot import exp

    kind = exp.LogicalAnd if node.name.lower() == "bool_and" else exp.LogicalOr
    return kind(this=node.expressions[0].copy())
