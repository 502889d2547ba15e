"""Explanations as a page: one file, no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from penstock.reports import plots

if TYPE_CHECKING:
    from penstock.explanations.drift import Attributions
    from penstock.explanations.records import StoredExplanation

_MOST_ROWS, _MOST_COLUMNS = 50, 20


def rows_page(explanations: Sequence[StoredExplanation], *, title: str) -> str:
    """Return a page about single answers: what pushed each up or down, and the reasons in words.

    Examples
    --------
    >>> "No rows" in rows_page([], title="demo")
    True
    """
    told = [(one, _pushes(one.shap), _strongest(one.shap)) for one in explanations[:_MOST_ROWS]]
    return _page(title, rows=told, left_out=max(len(explanations) - _MOST_ROWS, 0))


def global_page(explanation: Mapping[str, Any], *, title: str) -> str:
    """Return a page about what a version looks at, from its ``explanation.json``."""
    return _page(title, method=explanation["method"], bars=_sizes(explanation["global_shap"]),
                 sizes=explanation["global_shap"])  # fmt: skip


def drift_page(found: Attributions, *, title: str) -> str:
    """Return a page about what a version looked at in a time, against training."""
    return _page(
        title,
        drift=found,
        bars=_sizes(found.global_shap),
        training=_sizes({name: found.training.get(name, 0.0) for name in found.global_shap}, "Training"),
    )


def _page(title: str, **what: Any) -> str:
    nothing: dict[str, Any] = {
        "rows": None,
        "left_out": 0,
        "method": "",
        "bars": Markup(""),
        "sizes": {},
        "drift": None,
    }
    return _environment().get_template("explanations.html.jinja").render(
        title=title, **{**nothing, "training": Markup(""), **what}
    )  # fmt: skip


def _sizes(values: Mapping[str, float], what: str = "Live") -> Markup:
    """Draw the mean size of each column's values."""
    strongest = dict(list(values.items())[:_MOST_COLUMNS])
    return plots.value_bars(strongest, title=f"{what}: mean absolute SHAP value by column")


def _pushes(shap: Mapping[str, float]) -> Markup:
    """Draw what pushes an answer up and down."""
    return plots.diverging_bars({name: shap[name] for name in _strongest(shap)}, title="SHAP values")


def _strongest(shap: Mapping[str, float]) -> list[str]:
    return sorted(shap, key=lambda name: -abs(shap[name]))[:_MOST_COLUMNS]


@cache
def _environment() -> Environment:
    loaders = [PackageLoader("penstock.explanations"), PackageLoader("penstock.governance")]
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
