"""What an evaluation found, as the metric groups of a model card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from penstock.models.card import BarChart, LinearGraph, MetricGroup, SimpleMetric

if TYPE_CHECKING:
    from penstock.models import ModelVersion

Metric = SimpleMetric | LinearGraph | BarChart
Documents = Mapping[str, Mapping[str, Any]]
DOCUMENTS = (
    "metrics",
    "explanation",
    "summary",
    "analysis",
    "fairness",
    "slices",
    "robustness",
    "calibration",
    "cost",
    "complexity",
    "learning_curve",
    "staleness",
)
"""Documents of an evaluation that a card tells of."""

_MOST_BARS = 30
_MOST_POINTS = 100
_BIAS = ("pre_training_bias_metrics", "post_training_bias_metrics")


def metric_groups(version: ModelVersion, documents: Documents) -> tuple[MetricGroup, ...]:
    """Return the groups of a version's card; a side that was not looked at has none.

    Examples
    --------
    >>> from penstock.models import ModelVersion, Stage
    >>> version = ModelVersion(use_case="u", version=1, run_id="r", stage=Stage.CHAMPION, candidate="c",
    ...     model_key="m", evaluation_prefix="e", requested_by="d", created_at="2026-01-01",
    ...     metrics={"auc": {"value": 0.9}})
    >>> looked = {"learning_curve": {"metric": "auc", "points": [{"rows": 10, "validation": 0.8}]}}
    >>> [group.name for group in metric_groups(version, looked)]
    ['test', 'gates', 'learning curve']
    """
    groups: dict[str, Iterable[Metric]] = {
        "test": _measured(version.metrics),
        "gates": _gates(version.verdict),
        **{name: read(documents.get(document) or {}) for name, (document, read) in _READERS.items()},
    }
    found = {name: tuple(metrics) for name, metrics in groups.items()}
    return tuple(
        MetricGroup(name=name, metric_data=metrics)
        for name, metrics in found.items()
        if metrics or name in {"test", "gates"}
    )


def _measured(metrics: Mapping[str, Any]) -> Iterator[Metric]:
    for name, found in metrics.items():
        interval = found if isinstance(found, dict) else {"value": found}
        if isinstance(value := interval.get("value"), int | float):
            yield _number(name, value, _span(interval))


def _gates(verdict: Mapping[str, Any]) -> Iterator[Metric]:
    for check in verdict.get("checks") or ():
        yield SimpleMetric(
            name=cut(str(check["check"]), 255),
            type="boolean",
            value=bool(check["passed"]),
            notes=cut(str(check.get("reason") or ""), 1_024),
        )


def _importance(explanation: Mapping[str, Any]) -> Iterator[Metric]:
    shap = sorted((explanation.get("global_shap") or {}).items(), key=lambda one: -abs(one[1]))
    if shap:
        yield _bars("mean absolute SHAP value", shap)


def _fairness(analysis: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield Clarify's metrics of every group, before and after training."""
    for stage in _BIAS:
        for facet, groups in ((analysis.get(stage) or {}).get("facets") or {}).items():
            for group in groups:
                for metric in group["metrics"]:
                    yield _bias(f"{metric['name']} {facet}={group['value_or_threshold']}", metric)


def _bias(name: str, metric: Mapping[str, Any]) -> Metric:
    value, description = metric.get("value"), str(metric.get("description") or "")
    if isinstance(value, int | float):
        return _number(name, value, description)
    notes = cut(f"{description}. {metric.get('error') or ''}".strip(), 1_024)
    return SimpleMetric(name=cut(name, 255), type="string", value=str(value or "not measured"), notes=notes)


def _slices(slices: Mapping[str, Any]) -> Iterator[Metric]:
    if "overall" in slices:
        yield _number("all test rows", slices["overall"], str(slices.get("metric", "")))
    for one in slices.get("slices") or ():
        worse = "; beyond doubt worse than all rows" if one.get("worse") else ""
        notes = f"{one['rows']:,} rows ({one['share']:.1%}), {_span(one['metric'])}, {one['origin']}{worse}"
        yield _number(one["name"], one["metric"]["value"], notes)


def _robustness(robustness: Mapping[str, Any]) -> Iterator[Metric]:
    for one in robustness.get("scenarios") or ():
        notes = f"falls by {one['fall']:.4f}; {one['changed']:.1%} of the answers are others"
        yield _number(one["name"], one["metric"], notes)
    without = [(one["name"], one["fall"]) for one in robustness.get("without") or ()]
    if without:
        yield _bars("fall without one column", sorted(without, key=lambda one: -one[1]))


def _calibration(calibration: Mapping[str, Any]) -> Iterator[Metric]:
    found = calibration.get("predicted_class") or calibration
    if "expected_error" not in found:
        return
    yield _number("expected calibration error", found["expected_error"], "")
    yield _number("largest calibration error", found["largest_error"], "")
    pairs = list(zip(found["mean_score"], found["share_true"], strict=True))
    if pairs:
        yield _line("reliability", pairs, "predicted probability", "observed share")


def _cost(cost: Mapping[str, Any]) -> Iterator[Metric]:
    told = {
        "a_row": "cost of a row",
        "without_model": "cost of a row without the model",
        "saved": "saved a row",
        "threshold": "threshold",
        "best_threshold": "cheapest threshold",
        "a_row_at_best_threshold": "cost of a row at the cheapest threshold",
    }
    for key, name in told.items():
        if isinstance(value := cost.get(key), int | float):
            yield _number(name, value, "")


def _complexity(complexity: Mapping[str, Any]) -> Iterator[Metric]:
    simplest = complexity.get("simplest_as_good")
    for one in complexity.get("candidates") or ():
        as_good = "; the simplest that is as good" if one["candidate"] == simplest else ""
        notes = f"{one['latency_ms']:.3g} ms a row, {one['model_bytes'] / 1e6:.3g} MB{as_good}"
        yield _number(f"{one['candidate']}: gain over the baseline", one["gain"], notes)


def _learning(curve: Mapping[str, Any]) -> Iterator[Metric]:
    points = [(one["rows"], one["validation"]) for one in curve.get("points") or ()]
    if points:
        yield _line("validation by training rows", points, "training rows", str(curve.get("metric", "")))
    if isinstance(gain := curve.get("gain_of_doubling"), int | float):
        yield _number("gain of twice the rows", gain, "")


def _ageing(staleness: Mapping[str, Any]) -> Iterator[Metric]:
    points = [(one["to_days"], one["metric"]) for one in staleness.get("points") or ()]
    if points:
        yield _line("quality by age", points, "days since training", str(staleness.get("metric", "")))
    for key, name in (("change_in_30_days", "change in 30 days"), ("days_to_tolerance", "days to tolerance")):
        if isinstance(value := staleness.get(key), int | float):
            yield _number(name, value, "")


_READERS = {
    "explanation": ("explanation", _importance),
    "fairness": ("analysis", _fairness),
    "slices": ("slices", _slices),
    "robustness": ("robustness", _robustness),
    "calibration": ("calibration", _calibration),
    "cost": ("cost", _cost),
    "complexity": ("complexity", _complexity),
    "learning curve": ("learning_curve", _learning),
    "ageing": ("staleness", _ageing),
}


def _number(name: str, value: float, notes: str) -> SimpleMetric:
    return SimpleMetric(name=cut(name, 255), type="number", value=float(value), notes=cut(notes, 1_024))


def _bars(name: str, values: Iterable[tuple[str, float]]) -> BarChart:
    names, numbers = zip(*list(values)[:_MOST_BARS], strict=True)
    return BarChart(
        name=name, value=tuple(map(float, numbers)), x_axis_name=tuple(cut(str(one), 63) for one in names)
    )


def _line(name: str, points: Iterable[tuple[float, float]], across: str, up: str) -> LinearGraph:
    pairs = tuple((float(x), float(y)) for x, y in points)[:_MOST_POINTS]
    return LinearGraph(name=name, value=pairs, x_axis_name=cut(across, 63), y_axis_name=cut(up, 63))


def _span(interval: Mapping[str, Any]) -> str:
    low, high = interval.get("low"), interval.get("high")
    return "" if low is None or high is None else f"95% interval {low:.4f} to {high:.4f}"


def cut(text: str, length: int) -> str:
    """Cut a text that is too long for its place, and show it."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
