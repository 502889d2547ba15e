"""Which part a row belongs to, as SQL: by a stable hash of a column, or by time."""

from __future__ import annotations

from penstock.specs import Split
from penstock.tables import quoted

_BITS = 4_294_967_296  # 2 ** 32: the first eight hexadecimal digits of an MD5


def fraction(column: str) -> str:
    """Return SQL for a number in [0, 1) that depends on a column's value as text and on nothing else.

    MD5 and not DuckDB's ``hash``, whose values may change between versions: a row must stay on
    its side of the split for ever.
    """
    text = f"coalesce(CAST({quoted(column)} AS VARCHAR), '')"
    return f"(CAST('0x' || substr(md5({text}), 1, 8) AS UBIGINT) / {_BITS}.0)"


def part(split: Split) -> str:
    """Return SQL whose value is ``train``, ``validation`` or ``test``."""
    column, held_out = quoted(split.column), split.test + split.validation
    if split.method == "hash":
        number = fraction(split.column)
        test, validation = f"{number} < {split.test}", f"{number} < {held_out}"
    else:
        test = f"{column} >= quantile_disc({column}, {1 - split.test}) OVER ()"
        validation = f"{column} >= quantile_disc({column}, {1 - held_out}) OVER ()"
    return f"CASE WHEN {test} THEN 'test' WHEN {validation} THEN 'validation' ELSE 'train' END"
