"""A profile for people: a table in the terminal, or a page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from penstock.reports.plots.bars import value_bars
from penstock.reports.plots.svg import bar, element, line, picture, text

if TYPE_CHECKING:
    from rich.table import Table

    from penstock.catalog.profiles import ColumnProfile, Profile

_WIDTH, _HEIGHT, _FOOT = 260.0, 70.0, 16.0
_MOST_LISTED, _MOST_DRAWN = 1_500, 150
"""Columns in the table and with pictures: a page stays below a megabyte."""
_MOST_ASSOCIATIONS, _LONGEST = 20, 24
_HEADINGS = ("Column", "Type", "Values", "Nulls", "Distinct", "Least", "Median", "Greatest", "Most frequent")
_STYLE = """
:root{--paper:#f6f7f9;--card:#fff;--ink:#17202a;--soft:#5b6878;--rule:#dde2e8;--s1:#0b6bcb}
@media(prefers-color-scheme:dark){
:root{--paper:#10151b;--card:#182029;--ink:#e6ebf1;--soft:#9aa8b8;--rule:#2b3743;--s1:#58a6ff}}
body{margin:0 auto;max-width:1120px;padding:24px;background:var(--paper);color:var(--ink)}
body,.plot text{font:15px/1.5 system-ui,sans-serif}
section{background:var(--card);border:1px solid var(--rule);border-radius:9px;padding:18px;margin:16px 0}
h3{font-size:14px;margin:0}.soft{color:var(--soft)}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 10px 5px 0;border-bottom:1px solid var(--rule)}td.n,th.n{text-align:right}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(270px,1fr));gap:18px}
.plot{width:100%;height:auto}.plot text{fill:var(--ink);font-size:12px}
.plot .tick{fill:var(--soft);font-size:11px}.plot .axis{stroke:var(--rule)}.plot rect.s1{fill:var(--s1)}
"""


def profile_table(profile: Profile, *, title: str = "") -> Table:
    """Return a profile as a table for the terminal, one line a column.

    Examples
    --------
    >>> from penstock.catalog.profiles import ColumnProfile, Profile
    >>> column = ColumnProfile(name="a", type="integer", count=4, nulls=1, distinct=3, is_shown=False)
    >>> profile_table(Profile(rows=4, columns=(column,))).row_count
    1
    """
    from rich.markup import escape
    from rich.table import Table

    keys = f"keys: {', '.join(profile.candidate_keys)}" if profile.candidate_keys else "no candidate key"
    table = Table(title=escape(title) or None, caption=escape(f"{profile.rows:,} rows; {keys}"))
    for place, heading in enumerate(_HEADINGS):
        table.add_column(heading, justify="right" if 1 < place < len(_HEADINGS) - 1 else "left")
    for column in profile.columns:
        table.add_row(*map(escape, _cells(column)))
    return table


def profile_page(profile: Profile, *, title: str) -> str:
    """Return a profile as a whole page: no scripts, nothing from elsewhere.

    Examples
    --------
    >>> from penstock.catalog.profiles import Profile
    >>> page = profile_page(Profile(rows=0, columns=()), title="<b>")
    >>> "&lt;b&gt;" in page, "<script" in page
    (True, False)
    """
    head = Markup(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    )
    head += element("title", title) + element("style", Markup(_STYLE))  # noqa: S704
    body = element("h1", title) + profile_section(profile)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def profile_section(profile: Profile) -> Markup:
    """Return a profile as a part of a page: its table, what goes together, a picture a column."""
    keys = ", ".join(profile.candidate_keys) or "none"
    summary = element("p", f"{profile.rows:,} rows; candidate keys: {keys}", class_="soft")
    if (more := len(profile.columns) - _MOST_LISTED) > 0:
        summary += element("p", f"{more:,} further columns are in the document alone.", class_="soft")
    parts = [element("section", summary + _table(profile.columns[:_MOST_LISTED]))]
    if profile.associations:
        parts.append(element("section", _associations(profile)))
    drawn = [_figure(column) for column in profile.columns[:_MOST_DRAWN] if _bars(column)]
    if drawn:
        parts.append(element("section", element("div", Markup("").join(drawn), class_="pair")))
    return Markup("\n").join(parts)


def _cells(column: ColumnProfile) -> list[str]:
    """Return what a table says of a column."""
    about = "~" if column.distinct_error else ""
    top = column.top[0] if column.top else None
    share = f" ({top.count / max(1, column.count):.0%})" if top else ""
    median = column.quantiles.get("p50")
    return [
        column.name,
        column.type,
        f"{column.count - column.nulls:,}",
        f"{1 - column.completeness:.1%}",
        f"{about}{column.distinct:,}{' (unique)' if column.is_candidate_key else ''}",
        *(["hidden"] * 3 if not column.is_shown else map(_short, (column.minimum, median, column.maximum))),
        (_short(top.value) + share if top else "") if column.is_shown else "hidden",
    ]


def _short(value: str | float | None) -> str:
    """Return a value that fits in a cell."""
    if value is None:
        return ""
    found = f"{value:.6g}" if isinstance(value, float) else str(value)
    return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 1]}…"


def _table(columns: Sequence[ColumnProfile]) -> Markup:
    """Return the table of all columns."""
    numeric = [1 < place < len(_HEADINGS) - 1 for place in range(len(_HEADINGS))]
    rows = [_row("th", _HEADINGS, numeric), *(_row("td", _cells(column), numeric) for column in columns)]
    return element("div", element("table", Markup("\n").join(rows)), class_="wide")


def _row(name: str, cells: Sequence[str], numeric: Sequence[bool]) -> Markup:
    """Return a line of a table."""
    found = (
        element(name, cell, class_="n" if right else None) for cell, right in zip(cells, numeric, strict=True)
    )
    return element("tr", Markup("").join(found))


def _associations(profile: Profile) -> Markup:
    """Draw how strongly columns go together."""
    heading = f"With {profile.target}" if profile.target else "Columns that go together"
    strongest = {
        f"{_short(one.columns[0])} · {_short(one.columns[1])}": abs(one.value)
        for one in profile.associations[:_MOST_ASSOCIATIONS]
    }
    note = "Strength from 0 to 1: |Pearson's r|, correlation ratio or Cramér's V."
    drawn = value_bars(strongest, title=heading)
    return element("h3", heading) + element("p", note, class_="soft") + drawn


def _figure(column: ColumnProfile) -> Markup:
    """Return the picture of a column's values."""
    bars = _bars(column)
    most, step = max(count for _, count in bars), _WIDTH / len(bars)
    parts = [line(0, _HEIGHT, _WIDTH, _HEIGHT)]
    for place, (name, count) in enumerate(bars):
        height = count / most * (_HEIGHT - 4) if most else 0.0
        parts.append(
            bar(
                place * step + 0.5,
                _HEIGHT - height,
                max(step - 1, 0.5),
                height,
                class_="s1",
                note=f"{name}: {count:,}",
            )
        )
    ends = bars[0][0].split(" to ")[0], bars[-1][0].rsplit(" to ", maxsplit=1)[-1]
    parts += [
        text(0, _HEIGHT + 12, _short(ends[0]), class_="tick"),
        text(_WIDTH, _HEIGHT + 12, _short(ends[1]), anchor="end", class_="tick"),
    ]
    drawn = picture(_WIDTH, _HEIGHT + _FOOT, parts, title=f"Values of {column.name}")
    return element("div", element("h3", column.name) + drawn)


def _bars(column: ColumnProfile) -> list[tuple[str, int]]:
    """Return names and counts of a column's bars."""
    return list(_bars_of(column)) if column.is_shown else []


def _bars_of(column: ColumnProfile) -> Iterator[tuple[str, int]]:
    """Yield ranges of numbers or times, else the frequent values."""
    if column.histogram:
        yield from ((f"{b.lower:.6g} to {b.upper:.6g}", b.count) for b in column.histogram)
    elif column.timeline:
        yield from ((f"{period.start} to {period.end}", period.count) for period in column.timeline)
    else:
        yield from ((_short(top.value), top.count) for top in column.top)
