"""Lines over a range of numbers: learning curves, quality against age."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.reports.plots.svg import colour, element, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

_WIDTH, _HEIGHT = 560.0, 240.0
_LEFT, _TOP, _RIGHT, _BOTTOM = 60.0, 12.0, 16.0, 44.0
_LEGEND = 16.0
_TICKS = 5
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_CHARACTER = 6.4


@dataclass(frozen=True)
class _Plane:
    """Maps numbers of two ranges to places of the picture."""

    across: tuple[float, float]
    up: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is drawn."""
        share_x = (x - self.across[0]) / (self.across[1] - self.across[0])
        share_y = (y - self.up[0]) / (self.up[1] - self.up[0])
        return (
            _LEFT + share_x * (_WIDTH - _LEFT - _RIGHT),
            _TOP + (1 - share_y) * (_HEIGHT - _TOP - _BOTTOM),
        )


def lines(
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    title: str,
    x_name: str,
    y_name: str,
    reference: tuple[str, float] | None = None,
) -> Markup:
    """Draw a line with its points for each name.

    Parameters
    ----------
    series
        Points of each line, in the order of their x.
    reference
        Name and height of a dashed line to compare with.

    Examples
    --------
    >>> "8,000" in lines({"v1": [(1_000, 0.7), (8_000, 0.8)]}, title="t", x_name="rows", y_name="auc")
    True
    """
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points] + ([reference[1]] if reference else [])
    if not xs:
        return picture(_WIDTH, _HEIGHT, [], title=title)
    marks_x, marks_y = ticks(min(xs), max(xs)), ticks(min(ys), max(ys))
    plane = _Plane((marks_x[0], marks_x[-1]), (marks_y[0], marks_y[-1]))
    parts = [*_frame(plane, marks_x, marks_y, x_name, y_name)]
    if reference:
        ends = [(marks_x[0], reference[1]), (marks_x[-1], reference[1])]
        parts.append(_curve(plane, ends, "baseline"))
    for number, (name, points) in enumerate(series.items()):
        parts.append(_curve(plane, points, colour(number)))
        parts += [
            _dot(plane, x, y, colour(number), f"{name}: {_number(y)} at {_number(x)}") for x, y in points
        ]
    names = {name: colour(number) for number, name in enumerate(series)}
    if reference:
        names[reference[0]] = "baseline"
    return picture(_WIDTH, _HEIGHT + _LEGEND, [*parts, *_legend(names)], title=title)


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers that span a range.

    Examples
    --------
    >>> ticks(0.71, 0.79)
    [0.7, 0.72, 0.74, 0.76, 0.78, 0.8]
    >>> ticks(5, 5)[0] < 5 < ticks(5, 5)[-1]
    True
    """
    span = high - low or abs(high) / 10 or 1.0
    low, high = (low, high) if high > low else (low - span / 2, high + span / 2)
    power = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(one * power for one in _STEPS if one * power * _TICKS >= span * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _frame(
    plane: _Plane, marks_x: Sequence[float], marks_y: Sequence[float], x_name: str, y_name: str
) -> list[Markup]:
    """Return grid, ticks and names."""
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for mark in marks_x:
        x, _ = plane.place(mark, plane.up[0])
        parts += [line(x, _TOP, x, bottom, class_="grid"),
                  text(x, bottom + 15, _number(mark), anchor="middle", class_="tick")]  # fmt: skip
    for mark in marks_y:
        _, y = plane.place(plane.across[0], mark)
        parts += [line(_LEFT, y, right, y, class_="grid"),
                  text(_LEFT - 6, y + 3, _number(mark), anchor="end", class_="tick")]  # fmt: skip
    middle = (_TOP + bottom) / 2
    turned = element("text", y_name, x=12, y=middle, text_anchor="middle", class_="label",
                     transform=f"rotate(-90 12 {middle:g})")  # fmt: skip
    return [*parts, turned, text((_LEFT + right) / 2, bottom + 34, x_name, anchor="middle")]


def _curve(plane: _Plane, points: Sequence[tuple[float, float]], class_: str) -> Markup:
    places = (plane.place(x, y) for x, y in points)
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return element("polyline", points=joined, class_=f"curve {class_}")


def _dot(plane: _Plane, x: float, y: float, class_: str, note: str) -> Markup:
    across, down = plane.place(x, y)
    return element("circle", element("title", note), cx=across, cy=down, r=3.5, class_=f"dot {class_}")


def _legend(names: Mapping[str, str]) -> list[Markup]:
    """Return the names of the lines, one beside the other below the picture."""
    parts, x, y = list["Markup"](), _LEFT, _HEIGHT + 8
    for name, style in names.items():
        parts += [
            line(x, y - 4, x + 12, y - 4, class_=f"curve {style}"),
            text(x + 17, y, name, class_="tick"),
        ]
        x += 34 + len(name) * _CHARACTER
    return parts


def _number(value: float) -> str:
    """Write a number for people: no needless digits, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"  # noqa: PLR2004
