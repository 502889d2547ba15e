"""How far a column's values are from those of another time, as SQL over bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from penstock.quality.context import ColumnShape
from penstock.tables import literal

Method = Literal["psi", "kolmogorov_smirnov", "l_infinity", "chi_square", "kl", "jensen_shannon"]
_LEAST = 1e-4
"""What an empty bin counts for where a logarithm needs more than nothing."""


@dataclass(frozen=True)
class Bins:
    """Disjoint conditions on a value that together hold every value, and the share each had before.

    Parameters
    ----------
    tests
        SQL booleans over a row.
    shares
        The share of each; they sum to 1.
    are_ordered
        Whether they follow each other, as ranges of numbers do.
    """

    tests: tuple[str, ...]
    shares: tuple[float, ...]
    are_ordered: bool


def bins_of(shape: ColumnShape, value: str, text: str) -> Bins | None:
    """Return the bins of a profiled column: its histogram, else its top values and the rest, else None.

    Parameters
    ----------
    shape
        The profile of the column.
    value, text
        SQL of the value, and of its text.
    """
    if shape.histogram:
        edges = [bucket.upper for bucket in shape.histogram[:-1]]
        shares = _shares([bucket.count for bucket in shape.histogram])
        return Bins(ranges(value, edges), shares, are_ordered=True)
    if not shape.top:
        return None
    tests = tuple(f"{text} = {literal(one.value)}" for one in shape.top)
    among = ", ".join(literal(one.value) for one in shape.top)
    counts = [one.count for one in shape.top]
    rest = max(0, shape.count - shape.nulls - sum(counts))
    return Bins((*tests, f"{text} NOT IN ({among})"), _shares([*counts, rest]), are_ordered=False)


def ranges(value: str, edges: Sequence[float]) -> tuple[str, ...]:
    """Return tests of the ranges between edges, the first and last without end.

    Examples
    --------
    >>> ranges("t0", [1, 2])
    ('t0 < 1', 't0 >= 1 AND t0 < 2', 't0 >= 2')
    """
    lows = ["", *(f"{value} >= {literal(edge)}" for edge in edges)]
    highs = [*(f"{value} < {literal(edge)}" for edge in edges), ""]
    pairs = zip(lows, highs, strict=True)
    return tuple(" AND ".join(filter(None, pair)) or f"{value} IS NOT NULL" for pair in pairs)


def distance(bins: Bins, method: Method) -> str:
    """Return SQL of the distance of the rows' shares p from the shares q before; null without any value.

    Notes
    -----
    ``psi`` is the population stability index Σ (p - q) ln(p / q); ``kolmogorov_smirnov`` the greatest
    difference of the cumulated shares; ``l_infinity`` the greatest difference of a share; ``chi_square``
    half of Σ (p - q)² / (p + q), from 0 to 1; ``kl`` the Kullback-Leibler divergence Σ p ln(p / q);
    ``jensen_shannon`` the mean divergence of both from their mean. Logarithms are natural, and take an empty
    bin (of q; for ``psi`` of p too) as 0.0001.

    Examples
    --------
    >>> import duckdb
    >>> bins = Bins(("t0 = 'a'", "t0 <> 'a'"), (0.5, 0.5), are_ordered=False)
    >>> rows = "SELECT unnest(['a', 'a', 'a', 'b']) AS t0"
    >>> duckdb.sql(f"SELECT {distance(bins, 'l_infinity')} FROM ({rows})").fetchall()
    [(0.25,)]
    """
    counts = [f"count(*) FILTER (WHERE {test})" for test in bins.tests]
    total = f"nullif({' + '.join(counts)}, 0)"
    found = [f"({count} / CAST({total} AS DOUBLE))" for count in counts]
    pairs = list(zip(found, bins.shares, strict=True))
    if method == "kolmogorov_smirnov":
        return _greatest([_cumulated(pairs[: last + 1]) for last in range(len(pairs))])
    if method == "l_infinity":
        return _greatest([f"abs({p} - {literal(q)})" for p, q in pairs])
    return "(" + " + ".join(_term(method, p, q) for p, q in pairs) + ")"


def _term(method: Method, p: str, q: float) -> str:
    """Return one bin's part of a distance that is a sum."""
    before, least = literal(float(q)), literal(_LEAST)
    floor = literal(max(q, _LEAST))
    if method == "psi":
        some = f"greatest({p}, {least})"
        return f"({some} - {floor}) * ln({some} / {floor})"
    if method == "kl":
        return f"CASE WHEN {p} > 0 THEN {p} * ln({p} / {floor}) ELSE 0 * {p} END"
    if method == "chi_square":
        return f"coalesce(0.5 * ({p} - {before}) * ({p} - {before}) / nullif({p} + {before}, 0), 0 * {p})"
    middle = f"(({p} + {before}) / 2)"
    ours = f"CASE WHEN {p} > 0 THEN 0.5 * {p} * ln({p} / {middle}) ELSE 0 * {p} END"
    theirs = f" + 0.5 * {before} * ln({before} / {middle})" if q > 0 else ""
    return ours + theirs


def _cumulated(pairs: Sequence[tuple[str, float]]) -> str:
    """Return SQL of the difference of cumulated shares."""
    return f"abs({' + '.join(p for p, _ in pairs)} - {literal(float(sum(q for _, q in pairs)))})"


def _greatest(parts: Sequence[str]) -> str:
    return f"greatest({', '.join(parts)})" if len(parts) > 1 else parts[0]


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    """Return counts as shares."""
    whole = sum(counts) or 1
    return tuple(count / whole for count in counts)
