"""Entropies of columns, as SQL."""

# ruff: noqa: S608 - names enter SQL only as places (t0)

from __future__ import annotations

from penstock.quality.conditions import ASKED


def entropy(*values: str) -> str:
    """Return SQL of the entropy in nats of expressions together, over rows where all are known.

    With nᵢ rows of the i-th combination, N in all, it is ln N - Σ nᵢ ln nᵢ / N.

    Examples
    --------
    >>> import duckdb
    >>> rows = "SELECT unnest(['a', 'a', 'b', 'b']) AS t0"
    >>> found = duckdb.sql(f"WITH asked AS ({rows}) SELECT {entropy('t0')}").fetchall()[0][0]
    >>> round(found, 6)
    0.693147
    """
    known = " AND ".join(f"{value} IS NOT NULL" for value in values)
    return (
        f"(SELECT ln(sum(n)) - sum(n * ln(n)) / sum(n) FROM (SELECT count(*) AS n FROM {ASKED} "
        f"WHERE {known} GROUP BY {', '.join(values)}) AS combinations)"
    )


def mutual_information(first: str, second: str) -> str:
    """Return SQL of what one expression tells about the other, in nats: H(a) + H(b) - H(a, b).

    Examples
    --------
    >>> mutual_information("t0", "t1").count("SELECT ln")
    3
    """
    known = [
        f"CASE WHEN {other} IS NOT NULL THEN {one} END" for one, other in ((first, second), (second, first))
    ]
    return f"({entropy(known[0])} + {entropy(known[1])} - {entropy(first, second)})"
