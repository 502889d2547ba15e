"""What became of the rows: in, curated, quarantined by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from penstock.reports.plots.svg import bar, picture, text

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _BAR, _STEP = 560.0, 26.0, 48.0


def funnel(*, rows_in: int, curated: int, quarantined: int, reasons: Sequence[tuple[str, int]]) -> Markup:
    """Draw rows in, rows curated and rows quarantined to one scale; reasons have their own.

    Parameters
    ----------
    rows_in, curated, quarantined
        Rows; the first is the sum of the others.
    reasons
        Why rows were set aside, and how many broke that rule. A row may break several.
    """
    whole, parts = rows_in or 1, list[Markup]()
    lines = [("rows in", rows_in, "s1"), ("curated", curated, "good"), ("quarantined", quarantined, "bad")]
    for place, (name, rows, style) in enumerate(lines):
        y = place * _STEP
        parts += [
            text(0, y + 12, f"{name}: {rows:,} ({rows / whole:.2%})"),
            bar(0, y + 17, rows / whole * _WIDTH, _BAR - 8, class_=style, note=f"{rows:,} {name}"),
        ]
    top, most = len(lines) * _STEP + 6, max((count for _, count in reasons), default=1)
    for place, (reason, count) in enumerate(reasons):
        y = top + place * _BAR
        parts += [
            text(0, y + 16, reason, class_="tick"),
            bar(250, y + 6, count / most * 240, _BAR - 12, class_="bad", note=f"{count:,} rows"),
            text(250 + count / most * 240 + 6, y + 17, f"{count:,}", class_="tick"),
        ]
    return picture(_WIDTH, top + len(reasons) * _BAR + 4, parts, title="What became of the rows")
