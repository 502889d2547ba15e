"""From what a model says on average to what it says of a row, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.reports.plots.svg import bar, line, picture, shortened, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

_ROW, _NAMES, _WIDTH, _MARGIN = 24.0, 190.0, 620.0, 64.0


def waterfall(effects: Mapping[str, float], *, start: float, end: float, title: str, most: int = 8) -> Markup:
    """Draw each column's step, the largest first, the small ones together.

    Parameters
    ----------
    effects
        What each column adds; together with ``start`` they are ``end``.
    start, end
        What the model says on average, and of the row.
    title
        What the picture shows.
    most
        How many columns have a step of their own.

    Examples
    --------
    >>> drawn = waterfall({"a": 0.2, "b": -0.1}, start=0.3, end=0.4, title="t")
    >>> drawn.count("<rect"), "+0.2" in drawn
    (2, True)
    """
    ranked = sorted(effects.items(), key=lambda entry: -abs(entry[1]))
    steps = [*ranked[:most]]
    if rest := ranked[most:]:
        steps.append((f"{len(rest)} others", sum(value for _, value in rest)))
    levels = [start]
    for _, value in steps:
        levels.append(levels[-1] + value)
    low, high = min(levels), max(levels)
    space = _WIDTH - _NAMES - 2 * _MARGIN

    def at(value: float) -> float:
        return _NAMES + _MARGIN + (value - low) / ((high - low) or 1.0) * space

    bottom = (len(steps) + 2) * _ROW
    parts = [
        text(_NAMES - 8, 16, "on average", anchor="end"),
        text(at(start), 16, f"{start:.3g}", anchor="middle", class_="tick"),
        line(at(start), 20, at(start), _ROW + 4, class_="axis"),
    ]
    for place, (name, value) in enumerate(steps):
        y, before, after = (place + 1) * _ROW, levels[place], levels[place + 1]
        left, right = at(min(before, after)), at(max(before, after))
        number = (right + 5, "start") if value >= 0 else (left - 5, "end")
        parts += [
            text(_NAMES - 8, y + 16, shortened(name, _NAMES - 8), anchor="end"),
            bar(left, y + 4, max(right - left, 1.0), _ROW - 8,
                class_="up" if value >= 0 else "down", note=f"{name}: {value:+.3g}"),
            text(number[0], y + 16, f"{value:+.2g}", anchor=number[1], class_="tick"),
            line(at(after), y + _ROW - 4, at(after), y + _ROW + 4, class_="axis"),
        ]  # fmt: skip
    parts += [
        text(_NAMES - 8, bottom - 8, "this row", anchor="end"),
        text(at(levels[-1]), bottom - 8, f"{end:.3g}", anchor="middle"),
    ]
    return picture(_WIDTH, bottom, parts, title=title)
