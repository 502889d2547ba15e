"""The text of engineered expressions: columns, literals, choices and names, in the safe SQL of features."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from functools import lru_cache

from penstock.quality.expressions import parse_expression
from penstock.tables import literal, quoted

LONGEST_NAME = 63
_LARGEST = "1.7976931348623157e308"


@lru_cache(maxsize=4_096)
def column(name: str) -> str:
    """Return a column as SQL, in quotes only where it needs them.

    Examples
    --------
    >>> column("amount"), column("case")
    ('amount', '"case"')
    """
    try:
        plain = parse_expression(name).columns == (name,)
    except ValueError:
        plain = False
    return name if plain else quoted(name)


def number(name: str) -> str:
    """Return a column as a float, so that integers cannot overflow and divide without loss."""
    return f"cast({column(name)} as double)"


def text(name: str) -> str:
    """Return a column as text."""
    return f"cast({column(name)} as varchar)"


def value(of: str | float) -> str:
    """Return a learnt value as a plain SQL literal.

    Examples
    --------
    >>> value("it's"), value(2.5), value(3), value(True)
    ("'it''s'", '2.5', '3', 'true')
    """
    if isinstance(of, bool):
        return "true" if of else "false"
    if isinstance(of, str):
        return literal(of)
    if not math.isfinite(of):
        raise ValueError("an expression cannot hold NaN or infinity")
    return repr(of)


def finite(expression: str) -> str:
    """Return null in the place of NaN and infinity.

    A comparison, because ``isfinite`` is not of every engine: NaN is greater than all numbers in DuckDB and
    Spark, and compares as false in Athena; both make null.
    """
    return f"case when abs({expression}) <= {_LARGEST} then {expression} end"


def no_number(expression: str) -> str:
    """Return a test for NaN and infinity."""
    return f"not abs({expression}) <= {_LARGEST}"


def choice(tests: Iterable[tuple[str, str]], otherwise: str = "") -> str:
    """Return a CASE of tests and their results; null where none holds and nothing stands ``otherwise``.

    Examples
    --------
    >>> choice([("x < 1", "0")], "1")
    'case when x < 1 then 0 else 1 end'
    """
    parts = " ".join(f"when {test} then {result}" for test, result in tests)
    return f"case {parts}{f' else {otherwise}' if otherwise else ''} end"


def named(*parts: str) -> str:
    """Return a feature's name made of parts; a long one is cut, and told apart by a digest.

    Examples
    --------
    >>> named("Amount", "per", "terms_days")
    'amount_per_terms_days'
    >>> len(named("a" * 60, "per", "b" * 60))
    63
    """
    whole = re.sub(r"[^a-z0-9]+", "_", "_".join(parts).lower()).strip("_")
    whole = whole if whole[:1].isalpha() else f"f_{whole}"
    if len(whole) <= LONGEST_NAME:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:6]
    return f"{whole[: LONGEST_NAME - 7]}_{digest}"
