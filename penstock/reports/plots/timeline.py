"""When each workflow ran, and the states that it went through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from penstock.reports.plots.svg import bar, colour, line, picture, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from penstock.reports.facts import ExecutionFact

_ROW, _NAMES, _WIDTH = 20.0, 150.0, 900.0
_SPACE = _WIDTH - _NAMES - 60.0
_ORDER = ("onboarding", "features", "training", "approval", "deployment", "monitoring", "retraining")
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400)


def timeline(executions: Sequence[ExecutionFact]) -> Markup:
    """Draw one row a run, coloured by workflow, its states as alternating shades.

    Parameters
    ----------
    executions
        Runs; those that have not ended are left out.
    """
    done = sorted((one for one in executions if one.stopped), key=lambda one: one.started)
    if not done:
        return Markup("")
    start = done[0].started
    whole = max(_seconds(start, one.stopped) for one in done if one.stopped) or 1.0
    scale, bottom = _SPACE / whole, len(done) * _ROW
    parts = [part for mark in _marks(whole) for part in _tick(mark, mark * scale, bottom)]
    for place, one in enumerate(done):
        parts += _row(one, start, scale, place * _ROW)
    return picture(_WIDTH, bottom + 24, parts, title="Runs of the workflows over time")


def _row(one: ExecutionFact, start: datetime, scale: float, y: float) -> list[Markup]:
    """Return the bar of a run with its states."""
    kind = _ORDER.index(one.workflow) if one.workflow in _ORDER else len(_ORDER)
    x, length = _NAMES + _seconds(start, one.started) * scale, (one.seconds or 0.0) * scale
    style = "bad" if one.status in {"FAILED", "TIMED_OUT", "ABORTED"} else colour(kind)
    name = one.workflow if one.status == "SUCCEEDED" else f"{one.workflow} ({one.status.lower()})"
    states = [
        bar(
            _NAMES + _seconds(start, state.started) * scale,
            y + 4,
            _seconds(state.started, state.stopped) * scale,
            _ROW - 8,
            class_="shade" if number % 2 else "clear",
            note=f"{state.name}: {_seconds(state.started, state.stopped):.1f} s",
        )
        for number, state in enumerate(one.states)
    ]
    whole = bar(
        x, y + 4, max(length, 1.5), _ROW - 8, class_=style, note=f"{one.workflow}: {one.seconds:.1f} s"
    )
    took = text(x + length + 5, y + 14, f"{one.seconds:.1f} s", class_="tick")
    return [text(_NAMES - 8, y + 14, name, anchor="end"), whole, *states, took]


def _tick(seconds: float, x: float, bottom: float) -> list[Markup]:
    """Return a line of the grid with its time."""
    label = f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"  # noqa: PLR2004
    return [
        line(_NAMES + x, 0, _NAMES + x, bottom, class_="grid"),
        text(_NAMES + x, bottom + 16, label, anchor="middle", class_="tick"),
    ]


def _marks(whole: float) -> list[float]:
    """Return at most nine round times from zero to the end."""
    step = next((step for step in _STEPS if whole / step <= 8), whole / 8)  # noqa: PLR2004
    return [float(step * number) for number in range(int(whole / step) + 1)]


def _seconds(start: datetime, stop: datetime) -> float:
    """Return how long it is between two moments."""
    return (stop - start).total_seconds()
