"""Horizontal bars: plain values, values against their limits, values to both sides of zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.reports.plots.svg import LETTER, TICK_LETTER, bar, line, picture, shortened, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

_ROW, _NAMES, _WIDTH, _NUMBERS = 24.0, 170.0, 560.0, 62.0
_WIDEST_NAMES = 330.0
_SPACE = _WIDTH - _NAMES - _NUMBERS


def value_bars(values: Mapping[str, float], *, title: str, digits: int = 3) -> Markup:
    """Draw one bar a name, in the order given.

    Parameters
    ----------
    values
        Not negative.
    title
        What the picture shows.
    digits
        Significant digits of the numbers.
    """
    largest = max(values.values(), default=0.0) or 1.0
    names = min(max(_NAMES, max(map(len, values), default=0) * LETTER + 10), _WIDEST_NAMES)
    parts: list[Markup] = []
    for place, (name, value) in enumerate(values.items()):
        y = place * _ROW
        length = value / largest * _SPACE
        parts += [
            _name(y, name, names),
            bar(names, y + 4, length, _ROW - 8, class_="s1", note=f"{name}: {value:g}"),
            text(names + length + 6, y + 16, f"{value:.{digits}g}", class_="tick"),
        ]
    return picture(_WIDTH - _NAMES + names, len(values) * _ROW + 4, parts, title=title)


def limit_bars(values: Sequence[tuple[str, float, float]], *, title: str) -> Markup:
    """Draw values with their limits: a bar beyond its mark is coloured as a failure.

    Parameters
    ----------
    values
        Name, value and limit of each bar.
    """
    largest = max((max(value, limit) for _, value, limit in values), default=0.0) * 1.05 or 1.0
    parts: list[Markup] = []
    for place, (name, value, limit) in enumerate(values):
        y, mark = place * _ROW, _NAMES + limit / largest * _SPACE
        length = value / largest * _SPACE
        note = f"{name}: {value:.3f}, limit {limit:g}"
        parts += [
            _name(y, name),
            bar(_NAMES, y + 4, length, _ROW - 8, class_="bad" if value > limit else "good", note=note),
            line(mark, y + 1, mark, y + _ROW - 1, class_="limit"),
            text(_WIDTH - 4, y + 16, f"{value:.3f}", anchor="end", class_="tick"),
        ]
    return picture(_WIDTH, len(values) * _ROW + 4, parts, title=title)


def diverging_bars(values: Mapping[str, float], *, title: str, heading: str = "") -> Markup:
    """Draw values to both sides of zero, small enough for a cell of a table.

    Parameters
    ----------
    heading
        What stands above the bars; with it each bar also has its number.
    """
    width, row, names = 340.0, 17.0, 158.0
    largest = max((abs(value) for value in values.values()), default=0.0) or 1.0
    half = (width - names) / 2 - (44 if heading else 2)
    centre, top = names + half + (44 if heading else 0), row + 3 if heading else 0.0
    parts = [line(centre, top, centre, top + len(values) * row, class_="axis")]
    if heading:
        parts.append(text(centre, 12, heading, anchor="middle"))
    for place, (name, value) in enumerate(values.items()):
        length = abs(value) / largest * half
        x = centre if value >= 0 else centre - length
        parts += [
            text(
                names - 6,
                top + place * row + 12,
                shortened(name, names - 6, letter=TICK_LETTER),
                anchor="end",
                class_="tick",
            ),
            bar(
                x,
                top + place * row + 3,
                length,
                row - 6,
                class_="up" if value >= 0 else "down",
                note=f"{name}: {value:+.3f}",
            ),
        ]
        if heading:
            end = (x + length + 4, "start") if value >= 0 else (x - 4, "end")
            parts.append(text(end[0], top + place * row + 12, f"{value:+.3f}", anchor=end[1], class_="tick"))
    return picture(width, top + len(values) * row, parts, title=title)


def _name(y: float, name: str, space: float = _NAMES) -> Markup:
    """Return the name of a bar."""
    return text(space - 8, y + 16, shortened(name, space - 8), anchor="end")
