"""A comparison of two snapshots as one self-contained page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from penstock.catalog.differences import RowChange, RowChanges, SnapshotDiff

_STYLE = (
    ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:24px auto;"
    "padding:0 16px}h1{font-size:25px;margin:0}h2{font-size:18px;margin:28px 0 6px}p{margin:4px 0 10px}"
    "table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}"
    "th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid #8884;vertical-align:top;"
    "overflow-wrap:anywhere}td.n,th.n{text-align:right}.wide{overflow-x:auto}code{font-size:12.5px}"
    "td.was{background:#c8402f22}td.is{background:#1f8a5b22}.soft{opacity:.7}"
)


def render(found: SnapshotDiff) -> str:
    """Return a comparison as HTML: no scripts, nothing from elsewhere.

    Examples
    --------
    >>> from penstock.catalog.differences import ObjectChanges
    >>> page = render(SnapshotDiff(use_case="uc", dataset="<b>", before="0a", after="0b", rows_before=1,
    ...                            rows_after=2, objects=ObjectChanges()))
    >>> "&lt;b&gt;" in page, "<script" in page
    (True, False)
    """
    title = f"{found.use_case}/{found.dataset}: {found.before} to {found.after}"
    body = "".join([_summary(found), _schema(found), _rows(found.rows), _distribution(found)])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def _summary(found: SnapshotDiff) -> str:
    objects = found.objects
    told = "The two have the same schema and rows." if found.is_empty else ""
    lines = [
        ("rows", f"{found.rows_before:,}", f"{found.rows_after:,}"),
        ("objects of one only", f"{objects.removed:,}", f"{objects.added:,}"),
        ("rows in them", f"{objects.removed_rows:,}", f"{objects.added_rows:,}"),
        ("objects of both", f"{objects.unchanged:,}", f"{objects.unchanged:,}"),
    ]
    return f"<p>{told}</p>" + _table(("", "before", "after"), lines, numbers=(1, 2))


def _schema(found: SnapshotDiff) -> str:
    lines = [(one.column, one.change, one.before, one.after) for one in found.schema_changes]
    return _section("Schema", _table(("column", "change", "before", "after"), lines), bool(lines))


def _rows(rows: RowChanges | None) -> str:
    if rows is None:
        return ""
    what = f"keys ({', '.join(rows.keys)})" if rows.by == "key" else "rows"
    told = f"{rows.added:,} {what} added, {rows.removed:,} removed, {rows.changed:,} changed"
    moved = f"; {rows.same:,} are in other objects but the same" if rows.same else ""
    changed = sorted(rows.columns.items(), key=lambda entry: (-entry[1], entry[0]))
    columns = _table(("column", "changed"), [(name, f"{n:,}") for name, n in changed], numbers=(1,))
    body = f"<p>{escape(told + moved)}.</p>{columns if changed else ''}{_examples(rows.sample)}"
    return _section("Rows", body, told=True)


def _examples(sample: Sequence[RowChange]) -> str:
    if not sample:
        return ""
    names = list(dict.fromkeys(name for one in sample for name in (one.after or one.before or {})))
    lines = "".join(_example(one, names) for one in sample)
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("", *names))
    return f'<div class="wide"><table><tr>{heads}</tr>{lines}</table></div>'


def _example(one: RowChange, names: Iterable[str]) -> str:
    """Return a row; of a changed one, only values that changed are shown twice."""
    cells = []
    for name in names:
        was, became = (side.get(name) if side else None for side in (one.before, one.after))
        if one.change == "changed" and was != became:
            cells.append(f'<td class="is"><s class="soft">{_text(was)}</s> {_text(became)}</td>')
        else:
            mark = {"added": ' class="is"', "removed": ' class="was"'}.get(one.change, "")
            cells.append(f"<td{mark}>{_text(was if one.change == 'removed' else became)}</td>")
    return f"<tr><td>{one.change}</td>{''.join(cells)}</tr>"


def _distribution(found: SnapshotDiff) -> str:
    lines = [
        (one.column, one.kind, _figure(one.distance), _figure(one.robust),
         f"{one.nulls_before:.1%}", f"{one.nulls_after:.1%}")
        for one in found.distribution
    ]  # fmt: skip
    heads = ("column", "kind", "distance", "robust", "nulls before", "nulls after")
    return _section("Distribution", _table(heads, lines, numbers=(2, 3, 4, 5)), bool(lines))


def _section(title: str, body: str, told: bool) -> str:
    return f"<h2>{title}</h2>{body}" if told else ""


def _table(heads: Sequence[str], lines: Iterable[Sequence[Any]], numbers: Sequence[int] = ()) -> str:
    def row(cells: Sequence[Any], tag: str) -> str:
        marks = (' class="n"' if place in numbers else "" for place in range(len(cells)))
        return "".join(f"<{tag}{mark}>{_text(cell)}</{tag}>" for cell, mark in zip(cells, marks, strict=True))

    body = "".join(f"<tr>{row(line, 'td')}</tr>" for line in lines)
    return f'<div class="wide"><table><tr>{row(heads, "th")}</tr>{body}</table></div>'


def _text(value: Any) -> str:
    return '<span class="soft">null</span>' if value is None else escape(str(value))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
