"""A page that compares runs: their metrics over time, and what differs."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from penstock.experiments.comparing import differences, told
from penstock.experiments.runs import Run

_WIDTH, _HEIGHT, _EDGE = 640, 180, 40
_MOST_ROWS = 300
_STYLE = (
    "body{font:14px system-ui,sans-serif;margin:2rem;max-width:70rem}table{border-collapse:collapse}"
    "td,th{padding:.2rem .7rem;text-align:left;border-bottom:1px solid #8884;overflow-wrap:anywhere}"
    "svg{max-width:640px}circle{fill:#2a6fbb}text{font-size:11px;fill:currentColor}line{stroke:#8886}"
    ":root{color-scheme:light dark}"
)


def page(runs: Sequence[Run]) -> str:
    """Return runs as one HTML page: no scripts, nothing from elsewhere, and no single row of data.

    Examples
    --------
    >>> run = Run(run_id="<r>", use_case="u", snapshot_id="s", digest="d", reason="", requested_by="dana",
    ...           started_at="2026-01-01T00:00:00.000Z", record={"metrics.auc": 0.9})
    >>> found = page([run])
    >>> "&lt;r&gt;" in found, "<script" in found, "metrics.auc" in found
    (True, False, True)
    """
    ordered = sorted(runs, key=lambda run: (run.started_at, run.run_id))
    facts = {run.run_id: told(run) for run in ordered}
    metrics = sorted({name for found in facts.values() for name in found if name.startswith("metrics.")})
    plots = "".join(_plot(name, facts) for name in metrics)
    rows = differences(facts)[:_MOST_ROWS]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in ("fact", *facts))
    body = "".join(f"<tr>{''.join(map(_cell, row.values()))}</tr>" for row in rows)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Runs</title><style>{_STYLE}</style>'
        f"<h1>{len(facts)} runs</h1>{plots}<h2>What differs</h2>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></html>\n"
    )


def _plot(name: str, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Draw a metric of the runs, the oldest to the left."""
    values = {run: float(found[name]) for run, found in facts.items() if found.get(name) is not None}
    low, high = min(values.values()), max(values.values())
    span, step = (high - low) or 1.0, (_WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)
    marks = []
    for place, (run, value) in enumerate(values.items()):
        x, y = _EDGE + place * step, _HEIGHT - _EDGE - (value - low) / span * (_HEIGHT - 2 * _EDGE)
        note = f"{html.escape(run)}: {value:.6g}"
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{note}</title></circle>')
    told_limits = (
        f'<text x="2" y="{_EDGE}">{high:.4g}</text><text x="2" y="{_HEIGHT - _EDGE}">{low:.4g}</text>'
    )
    floor = f'<line x1="{_EDGE}" y1="{_HEIGHT - 20}" x2="{_WIDTH}" y2="{_HEIGHT - 20}"/>'
    title = html.escape(name)
    return (
        f'<h2>{title}</h2><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><title>{title}</title>'
        f"{told_limits}{floor}{''.join(marks)}</svg>"
    )


def _cell(value: Any) -> str:
    """Write a cell."""
    text = "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return f"<td>{html.escape(text)}</td>"
