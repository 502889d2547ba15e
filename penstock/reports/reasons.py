"""The part of a report that says why a version answers as it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.reports import plots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from penstock.reports.facts import VersionFact

_UNITS = {"distance": "negative squared, scaled distance"}
_BARS, _CURVES, _ROWS, _COLUMNS_OF_A_ROW, _PAIRS, _REASONS = 30, 9, 10, 6, 8, 3


def reasons_of(version: VersionFact | None) -> dict[str, Any]:
    """Return what the template shows of a version's explanation.

    Parameters
    ----------
    version
        The version that the report tells of, if any.
    """
    if version is None:
        return {"shap": "", "pairs": "", "curves": [], "rows": [], "one": None, "withheld": []}
    return {
        "shap": plots.value_bars(
            dict(list(version.shap.items())[:_BARS]), title="Mean absolute SHAP value by column"
        ),
        "pairs": _pairs(version.explanation),
        "curves": _curves(version.dependence),
        "classes": _classes(version.dependence),
        "rows": [_row(row, version.explanation) for row in version.rows[:_ROWS]],
        "one": _one(version.rows),
        "withheld": version.dependence.get("withheld", []),
    }


def _pairs(explanation: Mapping[str, Any]) -> Markup | str:
    """Draw the pairs of columns that act together most."""
    found = {
        " · ".join(one["columns"]): one["strength"] for one in explanation.get("interactions", [])[:_PAIRS]
    }
    return plots.value_bars(found, title="Strength of interactions by pair") if found else ""


def _curves(dependence: Mapping[str, Any]) -> list[Markup]:
    """Draw the curves of the columns that move the score most, to one scale."""
    found = dependence.get("curves", [])[:_CURVES]
    several = bool(_classes(dependence))
    found = [{**one, "curves": [] if several else one["curves"]} for one in found]
    scores = [score for one in found for line in (*one["mean"], *one["curves"]) for score in line]
    if not scores:
        return []
    return [plots.dependence(one, limits=(min(scores), max(scores))) for one in found]


def _classes(dependence: Mapping[str, Any]) -> list[str]:
    """Return the classes in the order of their colours."""
    return list(next((one["outputs"] for one in dependence.get("curves", [])), []))


def _row(row: Mapping[str, Any], explanation: Mapping[str, Any]) -> dict[str, Any]:
    """Return an explained row with a picture of what pushed its answer up or down."""
    effects = row.get("effects") or row["shap"]
    strongest = sorted(effects, key=lambda name: -abs(effects[name]))[:_COLUMNS_OF_A_ROW]
    turned = (one for one in explanation.get("counterfactuals", []) if one["row"] == row.get("row"))
    return {
        "score": row["score"],
        "label": row.get("label"),
        "values": {name: row["values"][name] for name in strongest},
        "reasons": list(row.get("reasons", ()))[:_REASONS],
        "turned": next((one["sentence"] for one in turned), ""),
        "picture": plots.diverging_bars({name: effects[name] for name in strongest}, title="SHAP values"),
    }


def _one(rows: tuple[dict[str, Any], ...]) -> dict[str, Any] | None:
    """Return the row with the highest score as a waterfall, with its reasons."""
    told = [row for row in rows if row.get("effects") and row.get("base_score") is not None]
    if not told:
        return None
    row = max(told, key=lambda one: one["score"])
    end = row["base_score"] + sum(row["effects"].values())
    drawn = plots.waterfall(
        row["effects"], start=row["base_score"], end=end, title="From the average to this row"
    )
    return {
        "picture": drawn,
        "reasons": row["reasons"],
        "end": end,
        "label": row["label"],
        "unit": _UNITS.get(row["score_unit"], row["score_unit"]),
    }
