"""The report of a validation: one self-contained page under a megabyte."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from penstock.quality.metrics import rule_name
from penstock.quality.results import Result, Validation
from penstock.reports.plots.svg import element, line, picture, text

_LONGEST = 900_000
"""Bytes of a page, with room for its frame."""
_FEWER = (20, 5, 1, 0)
"""Examples a rule that are tried, until the page is small enough."""
_WIDTH, _HEIGHT, _ARRIVALS = 560.0, 110.0, 60


def render(validation: Validation) -> str:
    """Return a validation as HTML: no scripts, nothing from elsewhere, light or dark as the screen is.

    Parameters
    ----------
    validation
        What :func:`~penstock.quality.validate` found, its examples masked where they are personal.

    Examples
    --------
    >>> page = render(Validation(dataset="payments", rows=0, columns=(), seconds=0.1))
    >>> "payments" in page, "<script" in page
    (True, False)
    """
    ranked = sorted(validation.results, key=_rank)
    template = _environment().get_template("validation.html.jinja")
    page = ""
    for examples in _FEWER:
        page = template.render(
            validation=validation, results=ranked, most=examples, name=rule_name, trend=_trend(validation)
        )
        if len(page.encode()) <= _LONGEST:
            return page
    return template.render(
        validation=validation, results=ranked[:500], most=0, name=rule_name, trend=_trend(validation)
    )


@cache
def _environment() -> Environment:
    """Return Jinja with everything escaped and every misspelt name an error."""
    return Environment(
        loader=PackageLoader("penstock.quality"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _rank(result: Result) -> tuple[int, float]:
    """Put what failed first, the worst on top, then what was skipped."""
    return ("failed", "skipped", "passed").index(result.status), result.share


def _trend(validation: Validation) -> Markup:
    """Draw the number of rows of the last arrivals and of this one."""
    counts = [*validation.row_counts, validation.rows][-_ARRIVALS:]
    if len(counts) < 2:  # noqa: PLR2004 - one point is no line
        return Markup("")
    points = _points(counts)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    parts = [
        line(0, _HEIGHT, _WIDTH, _HEIGHT),
        element("polyline", points=path, class_="trend"),
        element("circle", cx=x, cy=y, r=4, class_="now"),
        text(_WIDTH, 12, f"now {counts[-1]:,}", anchor="end"),
    ]
    return picture(_WIDTH, _HEIGHT + 4, parts, title="Rows of the last arrivals and of this one")


def _points(counts: Sequence[int]) -> list[tuple[float, float]]:
    """Return where the numbers of rows are drawn."""
    most, steps = max(counts) or 1, len(counts) - 1
    return [
        (5 + place * (_WIDTH - 10) / steps, _HEIGHT - count / most * (_HEIGHT - 24))
        for place, count in enumerate(counts)
    ]
