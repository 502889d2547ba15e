"""The aggregates of feature views as SQL: first a moment's rows, then all moments so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.specs import Feature
from penstock.tables import literal, quoted


@dataclass(frozen=True)
class Running:
    """An aggregate in two steps.

    Parameters
    ----------
    partials
        SQL aggregates over the rows of one entity at one moment, by suffix.
    total
        Makes SQL over the partials of all moments so far, given the name of a partial's column by its suffix;
        ``OVER so_far`` is the window.
    """

    partials: dict[str, str]
    total: Callable[[Callable[[str], str]], str]


def running(feature: Feature) -> Running:
    """Return the two steps of a feature's aggregate.

    A null in the aggregated column does not count, except for ``count`` without a column; with nothing
    to aggregate, sums and means are null.
    """
    value = quoted(feature.of) if feature.of else ""
    if feature.aggregate == "count":
        return Running({"n": f"count({value or '*'})"}, lambda part: f"sum({part('n')}) OVER so_far::BIGINT")
    if feature.aggregate == "sum":
        return Running({"s": f"sum({value}::DOUBLE)"}, lambda part: f"sum({part('s')}) OVER so_far")
    if feature.aggregate in {"minimum", "maximum"}:
        name = "min" if feature.aggregate == "minimum" else "max"
        return Running({"x": f"{name}({value})"}, lambda part: f"{name}({part('x')}) OVER so_far")
    summed = (
        f"{value}::DOUBLE" if feature.aggregate == "mean" else f"({value} > {_threshold(feature)})::DOUBLE"
    )
    return Running(
        {"s": f"sum({summed})", "n": f"count({value})"},
        lambda part: f"sum({part('s')}) OVER so_far / nullif(sum({part('n')}) OVER so_far, 0)",
    )


def _threshold(feature: Feature) -> str:
    """Return the threshold as SQL."""
    return literal(float(feature.threshold or 0.0))
