"""Metrics with their 95 % intervals, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.reports.plots.svg import element, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from penstock.reports.facts import IntervalFact

_ROW, _NAMES, _WIDTH, _NUMBERS = 26.0, 170.0, 560.0, 66.0


def intervals(
    found: Sequence[tuple[str, IntervalFact, str]],
    *,
    title: str,
    names: float = _NAMES,
    reference: float | None = None,
) -> Markup:
    """Draw a dot with its interval for each name.

    Parameters
    ----------
    found
        Name, interval and the class that colours it.
    title
        What the picture shows.
    names
        Room for the names; the picture grows with it.
    reference
        A value that the others are compared with, drawn as a line.
    """
    marked = [] if reference is None else [reference]
    low = min([*(interval.low for _, interval, _ in found), *marked], default=0.0)
    high = max([*(interval.high for _, interval, _ in found), *marked], default=1.0)
    width = _WIDTH + names - _NAMES
    margin = (high - low) * 0.08 or 0.01
    start, span = low - margin, high - low + 2 * margin
    space = width - names - _NUMBERS

    def at(value: float) -> float:
        return names + (value - start) / span * space

    bottom = len(found) * _ROW + 4
    marks = [start + span * step / 4 for step in range(5)]
    parts = [part for mark in marks for part in _tick(mark, at(mark), bottom)]
    if reference is not None:
        parts.append(line(at(reference), 0, at(reference), bottom, class_="limit"))
    for place, (name, interval, style) in enumerate(found):
        y = place * _ROW + _ROW / 2
        note = f"{name}: {interval.value:.4f} ({interval.low:.4f} to {interval.high:.4f})"
        parts += [
            text(names - 8, y + 4, name, anchor="end"),
            line(at(interval.low), y, at(interval.high), y, class_=f"span {style}"),
            element(
                "circle", element("title", note), cx=at(interval.value), cy=y, r=5, class_=f"dot {style}"
            ),
            text(width - 4, y + 4, f"{interval.value:.4f}", anchor="end", class_="tick"),
        ]
    return picture(width, bottom + 20, parts, title=title)


def _tick(value: float, x: float, bottom: float) -> list[Markup]:
    """Return a line of the grid with its number."""
    return [
        line(x, 0, x, bottom, class_="grid"),
        text(x, bottom + 14, f"{value:.3f}", anchor="middle", class_="tick"),
    ]
