"""How the score moves with one column: a curve over a number, a bar for each word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.reports.plots.lines import ticks
from penstock.reports.plots.svg import TICK_LETTER, bar, colour, element, line, picture, shortened, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 330.0, 190.0, 44.0, 34.0, 8.0, 12.0
_ROW, _NAMES, _NUMBERS, _MOST_WORDS = 18.0, 104.0, 46.0, 9
_LARGE = 10_000


def dependence(found: Mapping[str, Any], *, limits: tuple[float, float]) -> Markup:
    """Draw one column's partial dependence, the curves of single rows faintly behind it.

    Parameters
    ----------
    found
        An entry of ``dependence.json``: a partial dependence of one column.
    limits
        Lowest and highest score of all such pictures, so that they can be compared.

    Examples
    --------
    >>> axis = {"column": "a", "kind": "number", "values": [1, 2]}
    >>> "polyline" in dependence({"axes": [axis], "mean": [[0.1, 0.9]], "curves": []}, limits=(0, 1))
    True
    """
    (axis,) = found["axes"]
    if axis["kind"] == "word" or len(axis["values"]) == 1:
        return _words(axis, found["mean"], limits)
    return _curve(axis, found, limits)


def _curve(axis: Mapping[str, Any], found: Mapping[str, Any], limits: tuple[float, float]) -> Markup:
    """Draw lines over a number's values, evenly spaced: they are quantiles, so that rows are, too."""
    marks = ticks(*limits)
    low, high = marks[0], marks[-1]
    values = axis["values"]
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def points(scores: Sequence[float]) -> str:
        places = (
            (
                _LEFT + place / (len(values) - 1) * (right - _LEFT),
                bottom - (min(max(y, low), high) - low) / (high - low) * (bottom - _TOP),
            )
            for place, y in enumerate(scores)
        )
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)

    parts: list[Markup] = []
    for mark in marks[:: max(1, len(marks) // 4)]:
        y = bottom - (mark - low) / (high - low) * (bottom - _TOP)
        parts += [
            line(_LEFT, y, right, y, class_="grid"),
            text(_LEFT - 5, y + 4, _number(mark), anchor="end", class_="tick"),
        ]
    parts += [element("polyline", points=points(one), class_="faint") for one in found["curves"]]
    parts += [
        element("polyline", points=points(mean), class_=f"curve {colour(place)}")
        for place, mean in enumerate(found["mean"])
    ]
    parts += [
        text(_LEFT, bottom + 14, _number(values[0]), class_="tick"),
        text((_LEFT + right) / 2, bottom + 14, _number(values[len(values) // 2]),
             anchor="middle", class_="tick"),
        text(right, bottom + 14, _number(values[-1]), anchor="end", class_="tick"),
        text((_LEFT + right) / 2, bottom + 28, axis["column"], anchor="middle"),
    ]  # fmt: skip
    return picture(_WIDTH, _HEIGHT, parts, title=f"Mean score by {axis['column']}")


def _words(axis: Mapping[str, Any], mean: Sequence[Sequence[float]], limits: tuple[float, float]) -> Markup:
    """Draw a bar for each word, from the lowest score of all pictures; of several classes one a class."""
    marks = ticks(*limits)
    low, span = marks[0], marks[-1] - marks[0]
    parts, space = [text(_NAMES - 6, 12, axis["column"], anchor="end")], _WIDTH - _NAMES - _NUMBERS
    shown = axis["values"][:_MOST_WORDS]
    for place, word in enumerate(shown):
        top = (place + 1) * _ROW
        name = _word(word)
        parts.append(
            text(
                _NAMES - 6,
                top + 13,
                shortened(name, _NAMES - 6, letter=TICK_LETTER),
                anchor="end",
                class_="tick",
            )
        )
        height = (_ROW - 6) / len(mean)
        for number, scores in enumerate(mean):
            length = max(0.0, (scores[place] - low) / span * space)
            note = f"{name}: {scores[place]:.3f}"
            y = top + 3 + number * height
            parts.append(bar(_NAMES, y, length, height, class_=colour(number), note=note))
        best = max(scores[place] for scores in mean)
        length = max(0.0, (best - low) / span * space)
        parts.append(text(_NAMES + length + 5, top + 13, f"{best:.3g}", class_="tick"))
    return picture(_WIDTH, (len(shown) + 1) * _ROW + 6, parts, title=f"Mean score by {axis['column']}")


def _word(value: Any) -> str:
    """Write a word, a truth value, a number or nothing."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.4g}"
