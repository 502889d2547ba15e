"""Curves of a yes/no model: ROC, precision against recall, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.reports.plots.svg import Axes, colour, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

_LEGEND_LINE = 16.0


def roc(by_version: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Draw the ROC curves of versions over the line of a constant answer.

    Parameters
    ----------
    by_version
        What to call each version, and the content of its ``curves.json``.
    """
    axes = Axes("share of false alarms", "share of hits")
    parts = [*axes.frame(), axes.curve([0, 1], [0, 1], class_="baseline")]
    for place, found in enumerate(by_version.values()):
        points = found["roc"]
        xs, ys = points["false_positive_rates"], points["true_positive_rates"]
        parts.append(axes.curve([*xs, 1.0], [*ys, 1.0], class_=colour(place)))
    return picture(axes.width, axes.height, [*parts, *_legend(axes, by_version)], title="ROC curves")


def precision_recall(by_version: Mapping[str, Mapping[str, Any]], *, positive_share: float | None) -> Markup:
    """Draw precision against recall over the precision of a constant answer."""
    axes = Axes("recall: share of positives found", "precision: share of alarms that are right")
    parts = axes.frame()
    if positive_share is not None:
        parts.append(axes.curve([0, 1], [positive_share] * 2, class_="baseline"))
    for place, found in enumerate(by_version.values()):
        points = found["precision_recall"]
        parts.append(axes.curve(points["recalls"], points["precisions"], class_=colour(place)))
    legend = _legend(axes, by_version, low=positive_share is None or positive_share > 1 / 2)
    return picture(axes.width, axes.height, [*parts, *legend], title="Precision and recall")


def calibration(by_version: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Draw how often the answer was yes against how probable it was said to be."""
    axes = Axes("predicted probability", "observed share")
    parts = [*axes.frame(), axes.curve([0, 1], [0, 1], class_="baseline")]
    for place, found in enumerate(by_version.values()):
        points = found["calibration"]
        xs, ys, rows = points["mean_score"], points["share_positive"], points["rows"]
        parts.append(axes.curve(xs, ys, class_=colour(place)))
        parts += [
            axes.dot(x, y, class_=colour(place), radius=2.5, note=f"{count:g} rows")
            for x, y, count in zip(xs, ys, rows, strict=True)
        ]
    return picture(axes.width, axes.height, [*parts, *_legend(axes, by_version)], title="Calibration")


def _legend(axes: Axes, names: Mapping[str, Any], *, low: bool = True) -> list[Markup]:
    """Return the names of the curves in a corner, with the line of a constant answer."""
    entries = [
        *((name, colour(place)) for place, name in enumerate(names)),
        ("a constant answer", "baseline"),
    ]
    height = len(entries) * _LEGEND_LINE
    start = axes.top + axes.size - height if low else axes.top + 14
    parts = []
    for place, (name, style) in enumerate(entries):
        y = start + place * _LEGEND_LINE
        x = axes.left + axes.size - 8
        parts += [text(x - 16, y + 4, name, anchor="end", class_="tick"), _sample(x, y, style)]
    return parts


def _sample(x: float, y: float, style: str) -> Markup:
    """Return a short piece of a curve."""
    return line(x - 11, y, x, y, class_=f"curve {style}")
