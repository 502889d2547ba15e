"""Names and values as SQL text that cannot be anything else."""

from __future__ import annotations

import math


def quoted(name: str) -> str:
    """Return a name as an SQL identifier, whatever it holds.

    Examples
    --------
    >>> print(quoted('no "such" name'))
    "no ""such"" name"
    """
    if "\0" in name:
        raise ValueError("an identifier cannot hold a NUL character")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | float | bool | None) -> str:
    """Return a plain value as an SQL literal.

    Examples
    --------
    >>> literal("it's"), literal(0.1), literal(None), literal(True)
    ("'it''s'", '0.1::DOUBLE', 'NULL', 'TRUE')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value!r}::DOUBLE" if math.isfinite(value) else f"'{value!r}'::DOUBLE"
    if "\0" in value:
        raise ValueError("a text literal cannot hold a NUL character")
    return "'" + value.replace("'", "''") + "'"
