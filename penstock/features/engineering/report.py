"""A selection for people: one self-contained page under a megabyte, or rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from penstock.features.engineering.earning import Earned, Selection
from penstock.reports import plots
from penstock.reports.facts import IntervalFact

_DRAWN, _LISTED = 40, 900
_ORDER = ("keep", "watch", "drop")


def render(found: Selection) -> str:
    """Return a selection as HTML: no scripts, nothing from elsewhere, light or dark as the screen is.

    Parameters
    ----------
    found
        What :func:`~penstock.features.engineering.select` found.

    Examples
    --------
    >>> page = render(Selection(name="<late>", rows=0, sampled=0, train_rows=0, held_rows=0,
    ...     positive_share=0.5, split="time", seed=1, auc=None, chance=0.0, features=()))
    >>> "&lt;late&gt;" in page, "<script" in page
    (True, False)
    """
    ranked = ranking(found.features)
    drawn = ranked[:_DRAWN]
    alone = [(one.feature, IntervalFact(**_ends(one)), f"s-{one.verdict}") for one in drawn]
    worth = {one.feature: max(0.0, one.importance.value) for one in drawn if one.importance}
    ordered = dict(sorted(worth.items(), key=lambda pair: -pair[1]))
    return _environment().get_template("selection.html.jinja").render(
        found=found, ranked=ranked, most=_LISTED,
        alone=plots.intervals(alone, title="AUC of each feature alone"),
        together=plots.value_bars(ordered, title="Fall of the AUC without each feature"),
    )  # fmt: skip


def ranking(features: Sequence[Earned]) -> list[Earned]:
    """Return features, those to keep first, each by what they are worth."""
    return sorted(
        features, key=lambda one: (_ORDER.index(one.verdict), -_worth(one), -one.auc.value, one.feature)
    )


def table_rows(found: Selection) -> list[dict[str, Any]]:
    """Return a selection as rows for a table.

    Examples
    --------
    >>> table_rows(Selection(name="late", rows=0, sampled=0, train_rows=0, held_rows=0, positive_share=0.5,
    ...                      split="time", seed=1, auc=None, chance=0.0, features=()))
    []
    """
    return [
        {
            "verdict": one.verdict, "feature": one.feature, "from": one.view or one.origin,
            "auc_alone": round(one.auc.value, 3),
            "in_model": round(one.importance.value, 4) + 0.0 if one.importance else None,
            "group": one.group, "bytes_read": round(one.online_bytes, 1), "missing": f"{one.missing:.1%}",
            "why": "; ".join(one.reasons),
        }
        for one in ranking(found.features)
    ]  # fmt: skip


def _worth(one: Earned) -> float:
    return one.importance.value if one.importance else 0.0


def _ends(one: Earned) -> dict[str, float]:
    return {"value": one.auc.value, "low": one.auc.low, "high": one.auc.high}


@cache
def _environment() -> Environment:
    """Return Jinja with everything escaped and every misspelt name an error."""
    return Environment(
        loader=PackageLoader("penstock.features.engineering"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
