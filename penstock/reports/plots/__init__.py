"""Plots as inline SVG: small pure functions from facts to markup, coloured by the page's style."""

from penstock.reports.plots.bars import diverging_bars, limit_bars, value_bars
from penstock.reports.plots.curves import calibration, precision_recall, roc
from penstock.reports.plots.dependence import dependence
from penstock.reports.plots.funnel import funnel
from penstock.reports.plots.intervals import intervals
from penstock.reports.plots.lines import lines
from penstock.reports.plots.timeline import timeline
from penstock.reports.plots.waterfall import waterfall

__all__ = [
    "calibration",
    "dependence",
    "diverging_bars",
    "funnel",
    "intervals",
    "limit_bars",
    "lines",
    "precision_recall",
    "roc",
    "timeline",
    "value_bars",
    "waterfall",
]
