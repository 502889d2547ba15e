"""Model card and inventory as pages: one file each, no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChainableUndefined, Environment, PackageLoader

from penstock.reports import plots

if TYPE_CHECKING:
    from markupsafe import Markup

    from penstock.governance.approvals import Approval
    from penstock.governance.copies import AuditCheck
    from penstock.governance.dossier import InventoryRow
    from penstock.models import ModelVersion

_LIVE = {"champion", "deploying"}
_RISKS = {"High": "bad", "Medium": "warn", "Low": "good"}


def card_page(
    content: Mapping[str, Any],
    version: ModelVersion,
    approvals: Sequence[Approval],
    check: AuditCheck | None,
    *,
    now: str,
) -> str:
    """Return a model card as HTML, far below a megabyte.

    Parameters
    ----------
    content
        What :meth:`~penstock.models.card.ModelCard.document` returned.
    check
        The state of the audit trail, if it was looked at.
    """
    uses = content.get("intended_uses", {})
    evaluation: Mapping[str, Any] = next(iter(content.get("evaluation_details") or ()), {})
    return _environment().get_template("card.html.jinja").render(
        overview=content["model_overview"],
        uses=uses,
        training=content["training_details"],
        evaluation=evaluation,
        groups=[_group(one) for one in evaluation.get("metric_groups") or () if one["name"] != "explanation"],
        extra=content.get("additional_information", {}),
        version=version,
        answers=[answer for one in approvals for answer in one.answers],
        bars=_bars(evaluation),
        facts=_facts(content),
        risk_class=_RISKS.get(uses.get("risk_rating", ""), "soft"),
        check=check,
        now=now,
    )  # fmt: skip


def inventory_page(rows: Sequence[InventoryRow], *, now: str) -> str:
    """Return the inventory as HTML.

    Examples
    --------
    >>> "0 versions of 0 models" in inventory_page([], now="2026-01-01T00:00:00.000Z")
    True
    """
    return _environment().get_template("inventory.html.jinja").render(
        rows=rows,
        use_cases=len({row.use_case for row in rows}),
        live=sum(row.stage in _LIVE for row in rows),
        overdue=sum(row.overdue for row in rows),
        now=now,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("penstock.governance"),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _group(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group with its graphs as pictures, and its other metrics for a table."""
    metrics: Sequence[Mapping[str, Any]] = group.get("metric_data") or ()
    return {
        "name": group["name"],
        "pictures": [_DRAWN[one["type"]](one) for one in metrics if one["type"] in _DRAWN],
        "metrics": [one for one in metrics if one["type"] not in _DRAWN],
    }


def _graph(metric: Mapping[str, Any]) -> Markup:
    points = [(float(x), float(y)) for x, y in metric["value"]]
    names = {"x_name": metric.get("x_axis_name", ""), "y_name": metric.get("y_axis_name", "")}
    return plots.lines({metric["name"]: points}, title=metric["name"], **names)


def _chart(metric: Mapping[str, Any]) -> Markup:
    pairs = zip(metric.get("x_axis_name") or (), metric["value"], strict=False)
    return plots.value_bars({name: max(float(value), 0.0) for name, value in pairs}, title=metric["name"])


_DRAWN = {"linear_graph": _graph, "bar_chart": _chart}


def _bars(evaluation: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Return name, value and width in percent of each bar of the explanation."""
    groups = evaluation.get("metric_groups") or ()
    found = next((one["metric_data"] for one in groups if one["name"] == "explanation"), ())
    chart = next(iter(found), None)
    if chart is None:
        return []
    widest = max(abs(float(value)) for value in chart["value"]) or 1.0
    pairs = zip(chart.get("x_axis_name", ()), chart["value"], strict=True)
    return [(name, float(value), 100 * abs(float(value)) / widest) for name, value in pairs]


def _facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what tells this model from every other: run, data, package, parameters."""
    details = content.get("additional_information", {}).get("custom_details", {})
    job = content["training_details"].get("training_job_details", {})
    parameters = [(one["name"], one["value"]) for one in job.get("hyper_parameters", ())]
    return [(name.replace("_", " "), value) for name, value in details.items()] + parameters
