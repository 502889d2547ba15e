"""The few SVG elements that the plots are made of; every text is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SERIES = 6
"""How many colours the style sheet has; further series begin again."""
LETTER, TICK_LETTER = 7.2, 6.6
"""Pixels of a letter on average, in the widest of the fonts that a browser may take."""
_PAIR = " · "


def element(name: str, content: Markup | str = "", **attributes: object) -> Markup:
    """Return an element; ``class_`` is ``class``, other underscores become hyphens, None is left out.

    Examples
    --------
    >>> str(element("text", "a<b", x=1.25, class_="label"))
    '<text x="1.2" class="label">a&lt;b</text>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{}{}>{}</{}>").format(Markup(name), Markup(written), content, Markup(name))  # noqa: S704


def _number(value: object) -> object:
    """Write floats with one digit: a tenth of a pixel is enough."""
    return f"{value:.1f}" if isinstance(value, float) else value


def picture(width: float, height: float, parts: Iterable[Markup], *, title: str) -> Markup:
    """Return an SVG picture that scales with the page and has a name for screen readers."""
    content = element("title", title) + Markup("").join(parts)
    return element(
        "svg",
        content,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        class_="plot",
        style=f"max-width:{width:g}px",
    )


def text(x: float, y: float, content: str, *, anchor: str = "start", class_: str = "label") -> Markup:
    """Return a line of text."""
    return element("text", content, x=x, y=y, text_anchor=anchor, class_=class_)


def shortened(name: str, space: float, *, letter: float = LETTER) -> str:
    """Cut the middle out of a name that is wider than its space; of a pair, out of both.

    Examples
    --------
    >>> shortened("worst_concave_points", 100), shortened("mean_concave · worst_concave", 130)
    ('worst_…points', 'mea…ave · wor…ave')
    """
    most = int(space / letter)
    if len(name) <= most:
        return name
    if _PAIR in name:
        half = (space - len(_PAIR) * letter) / 2
        return _PAIR.join(shortened(part, half, letter=letter) for part in name.split(_PAIR))
    head = most // 2
    return f"{name[:head]}…{name[len(name) - (most - head - 1) :]}"


def line(x1: float, y1: float, x2: float, y2: float, *, class_: str = "axis") -> Markup:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def bar(x: float, y: float, width: float, height: float, *, class_: str, note: str = "") -> Markup:
    """Return a rectangle whose note shows when it is pointed at."""
    hint = element("title", note) if note else ""
    return element("rect", hint, x=x, y=y, width=max(width, 0.0), height=height, rx=2, class_=class_)


def colour(place: int) -> str:
    """Return the class of a series' colour."""
    return f"s{place % SERIES + 1}"


@dataclass(frozen=True)
class Axes:
    """A square plot of two shares, each from 0 to 1."""

    x_name: str
    y_name: str
    size: float = 300.0
    left: float = 46.0
    top: float = 10.0

    @property
    def width(self) -> float:
        """Width of the whole picture."""
        return self.left + self.size + 14.0

    @property
    def height(self) -> float:
        """Height of the whole picture."""
        return self.top + self.size + 40.0

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is drawn."""
        return self.left + x * self.size, self.top + (1.0 - y) * self.size

    def frame(self) -> list[Markup]:
        """Return grid, ticks and names."""
        parts = []
        for step in range(6):
            share = step / 5
            x, y = self.place(share, share)
            parts += [
                line(x, self.top, x, self.top + self.size, class_="grid"),
                line(self.left, y, self.left + self.size, y, class_="grid"),
                text(x, self.top + self.size + 15, f"{share:g}", anchor="middle", class_="tick"),
                text(self.left - 6, y + 3, f"{share:g}", anchor="end", class_="tick"),
            ]
        middle = self.top + self.size / 2
        turned = element(
            "text",
            self.y_name,
            x=12,
            y=middle,
            text_anchor="middle",
            class_="label",
            transform=f"rotate(-90 12 {middle:g})",
        )
        below = text(self.left + self.size / 2, self.height - 6, self.x_name, anchor="middle")
        return [*parts, turned, below]

    def curve(self, xs: Sequence[float], ys: Sequence[float], *, class_: str) -> Markup:
        """Return a line through points."""
        places = (self.place(x, y) for x, y in zip(xs, ys, strict=True))
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        return element("polyline", points=points, class_=f"curve {class_}")

    def dot(self, x: float, y: float, *, class_: str, radius: float = 3.5, note: str = "") -> Markup:
        """Return a point."""
        across, down = self.place(x, y)
        return element("circle", element("title", note), cx=across, cy=down, r=radius, class_=f"dot {class_}")
