"""What an evaluation looked at beside the metrics, each side as a section with pictures and a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penstock.reports import plots
from penstock.reports.facts import IntervalFact

if TYPE_CHECKING:
    from markupsafe import Markup

Document = Mapping[str, Any]
DOCUMENTS = (
    "analysis",
    "calibration",
    "complexity",
    "cost",
    "fairness",
    "learning_curve",
    "robustness",
    "slices",
    "soundness",
    "staleness",
)
"""Documents that sections are made of."""

_MOST_LISTED, _MOST_GROUPS = 20, 12
_SLICE_NAMES = 330.0
_TOLD = ("DPL", "CI", "DPPL", "DI", "AD", "RD", "SD", "DAR", "DRR", "TE", "CDDPL", "FT", "GE")
_AFTER = "post_training_bias_metrics"
_DRAWN = {"DPPL": "favourable predictions (DPPL)", "AD": "accuracy (AD)", "RD": "recall (RD)"}
_PARTS = {"pre_training_bias_metrics": "labels", "post_training_bias_metrics": "predictions"}
_WORDS = {
    "noise": "noise of {} % on numbers",
    "missing": "{} % of the values missing",
    "unseen": "{} % of the words unseen",
    "out_of_range": "{} % of the numbers out of range",
}


@dataclass(frozen=True)
class Side:
    """A section: title, lead, pictures, and a table whose cells after the first ``words`` are numbers."""

    title: str
    lead: str
    pictures: tuple[Markup, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    words: int = 1
    failed: frozenset[int] = field(default_factory=frozenset)
    """Rows that stand out."""


def sides(documents: Mapping[str, Document]) -> list[Side]:
    """Return the sections that a version's documents give.

    Parameters
    ----------
    documents
        By name, as in ``DOCUMENTS``; what is missing or empty has no section.

    Examples
    --------
    >>> points = [{"rows": 100, "validation": 0.7}, {"rows": 200, "validation": 0.8}]
    >>> [side.title for side in sides({"learning_curve": {"metric": "auc", "points": points}})]
    ['What more rows would bring']
    """
    made = (make(documents.get(name) or {}, documents) for name, make in _SIDES.items())
    return [side for side in made if side is not None]


def _slices(slices: Document, _: Mapping[str, Document]) -> Side | None:
    found = sorted(slices.get("slices") or (), key=lambda one: one["difference"])[:_MOST_LISTED]
    if not found:
        return None
    metric, overall = str(slices["metric"]), float(slices["overall"])
    worse = sum(one["worse"] for one in found)
    rows = tuple(
        (
            one["name"],
            one["origin"],
            f"{one['rows']:,}",
            f"{one['share']:.1%}",
            _interval(one["metric"]),
            _signed(one.get("offset")),
            _interval(one["against_champion"], signed=True) if one.get("against_champion") else "—",
        )
        for one in found
    )
    marked = [(one["name"], _fact(one["metric"]), "s2" if one["worse"] else "s1") for one in found]
    return Side(
        title="Where it is weaker",
        lead=f"{metric} of parts of the test rows; the line is all rows ({overall:.3f}). "
        f"{worse} of {len(found)} slices are beyond doubt worse (orange). Found slices were looked for on "
        "other rows than those they are measured on. Offset: mean prediction less mean answer.",
        pictures=(
            plots.intervals(marked, title=f"{metric} by slice", names=_SLICE_NAMES, reference=overall),
        ),
        columns=("Slice", "Origin", "Rows", "Share", metric, "Offset", "Against the champion"),
        rows=rows,
        words=2,
        failed=frozenset(place for place, one in enumerate(found) if one["worse"]),
    )


def _fairness(analysis: Document, documents: Mapping[str, Document]) -> Side | None:
    measured = list(_groups(analysis))[:_MOST_GROUPS]
    suggested = documents.get("fairness") or {}
    notes = [*_suggestions(suggested)]
    if not measured and not notes:
        return None
    names = [name for name in _TOLD if any(values.get(name, "—") != "—" for _, _, values in measured)]
    rows = tuple(
        (group, _PARTS[stage], *(values.get(name, "") for name in names)) for stage, group, values in measured
    )
    lead = (
        "Bias metrics by Clarify's names: of the labels on the training rows, of the predictions on the test "
        "rows. Differences are 0 where groups fare alike, the ratio DI is 1."
        if measured
        else "No groups of people were declared, so none were compared."
    )
    return Side(
        title="Whether groups fare alike",
        lead=lead,
        pictures=tuple(_apart(analysis)),
        columns=("Group", "Of", *names) if measured else (),
        rows=rows,
        notes=(_glossary(analysis, names), *notes) if measured else tuple(notes),
        words=2,
    )


def _apart(analysis: Document) -> Iterator[Markup]:
    """Draw how far each group is from the others, by the differences that people look at first."""
    for metric, title in _DRAWN.items():
        found = {
            f"{facet} {group['value_or_threshold']}": float(one["value"])
            for facet, groups in ((analysis.get(_AFTER) or {}).get("facets") or {}).items()
            for group in groups
            for one in group["metrics"]
            if one["name"] == metric and isinstance(one.get("value"), int | float)
        }
        if found:
            yield plots.diverging_bars(dict(list(found.items())[:_MOST_GROUPS]), title=title, heading=title)


def _glossary(analysis: Document, names: Sequence[str]) -> str:
    """Return what the metrics' names stand for."""
    known = {
        one["name"]: str(one.get("description") or "").removesuffix(f" ({one['name']})")
        for stage in _PARTS
        for groups in ((analysis.get(stage) or {}).get("facets") or {}).values()
        for group in groups
        for one in group["metrics"]
    }
    return "; ".join(f"{name}: {known[name]}" for name in names if known.get(name)) + "."


def _groups(analysis: Document) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield stage, group and metrics of every group that was compared."""
    for stage in _PARTS:
        for facet, groups in ((analysis.get(stage) or {}).get("facets") or {}).items():
            for group in groups:
                values = {one["name"]: _bias(one) for one in group["metrics"]}
                yield stage, f"{facet} {group['value_or_threshold']}", values


def _suggestions(fairness: Document) -> Iterator[str]:
    protected = [one for one in fairness.get("protected") or () if not one.get("declared")]
    if protected:
        told = "; ".join(f"{one['column']} ({one['reason']})" for one in protected[:_MOST_LISTED])
        yield f"May be about protected groups, and is not compared: {told}."
    proxies = fairness.get("proxies") or ()
    if proxies:
        told = "; ".join(
            f"{one['column']} tells {one['tells']} ({one['strength']:.2f})" for one in proxies[:_MOST_LISTED]
        )
        yield f"Features that tell a protected column: {told}."


def _robustness(robustness: Document, _: Mapping[str, Document]) -> Side | None:
    scenarios = robustness.get("scenarios") or ()
    if not scenarios:
        return None
    metric, base = str(robustness["metric"]), float(robustness["undisturbed"])
    without = sorted(robustness.get("without") or (), key=lambda one: -one["fall"])[:_MOST_LISTED]
    falls = {one["name"]: max(float(one["fall"]), 0.0) for one in without if one["fall"] > 0}
    rows = tuple(
        (scenario(one["name"]), f"{one['metric']:.3f}", f"{one['fall']:+.4f}", f"{one['changed']:.1%}")
        for one in scenarios
    )
    pictures = (plots.value_bars(falls, title=f"Fall of {metric} without one column"),) if falls else ()
    return Side(
        title="When its inputs are disturbed",
        lead=f"{metric} is {base:.3f} on {robustness['rows']:,} undisturbed test rows."
        + (
            f" The bars: how much {metric} falls when all values of one column are taken away."
            if falls
            else ""
        ),
        pictures=pictures,
        columns=("Disturbance", metric, "Fall", "Other answers"),
        rows=rows,
    )


def scenario(name: str) -> str:
    """Return what a disturbance is in words.

    Examples
    --------
    >>> scenario("out_of_range_10"), scenario("something_else")
    ('10 % of the numbers out of range', 'something else')
    """
    kind, _, percent = name.rpartition("_")
    return _WORDS[kind].format(percent) if kind in _WORDS else name.replace("_", " ")


def _calibration(calibration: Document, _: Mapping[str, Document]) -> Side | None:
    found = calibration.get("predicted_class") or calibration
    if "expected_error" not in found:
        return None
    several = "predicted_class" in calibration
    parts = {
        "expected calibration error": found["expected_error"],
        "largest error of a bin": found["largest_error"],
        "Brier score": found["brier"],
        "of it reliability (0 is best)": found["reliability"],
        "of it resolution (more is better)": found["resolution"],
        "of it uncertainty (of the answers themselves)": found["uncertainty"],
    }
    classes = {f"expected error of class {name}": one["expected_error"]
               for name, one in (calibration.get("classes") or {}).items()}  # fmt: skip
    return Side(
        title="Whether its probabilities are honest",
        lead="How often the answer came true against how probable it was said to be"
        + (", for the class that was predicted." if several else "; the curve stands above."),
        pictures=(_reliability(found),) if several else (),
        columns=("Measure", "Value"),
        rows=tuple((name, f"{value:.4f}") for name, value in (parts | classes).items()),
    )


def _reliability(found: Document) -> Markup:
    """Draw the bins of a model of several classes; a yes/no model has its curve elsewhere."""
    points = list(zip(found["mean_score"], found["share_true"], strict=True))
    series = {"this version": points, "honest": [(0.0, 0.0), (1.0, 1.0)]}
    return plots.lines(series, title="Calibration", x_name="predicted probability", y_name="observed share")


def _cost(cost: Document, _: Mapping[str, Document]) -> Side | None:
    if "a_row" not in cost:
        return None
    bars = {"with the model": cost["a_row"], "without it": cost["without_model"]}
    saved, notes = float(cost["saved"]), list[str]()
    said = (
        f"the model saves {saved:.4g} a row"
        if saved >= 0
        else f"the model costs {-saved:.4g} a row more than none"
    )
    if cost.get("best_threshold") is not None:
        bars["at the cheapest threshold"] = cost["a_row_at_best_threshold"]
        notes.append(
            f"The threshold is {cost['threshold']:.3g}; {cost['best_threshold']:.3g} is the cheapest on the "
            "validation rows."
        )
    return Side(
        title="What errors cost",
        lead=f"Cost of a row, by the declared costs of errors; {said}.",
        pictures=(plots.value_bars(bars, title="Cost of a row"),),
        notes=tuple(notes),
    )


def _complexity(complexity: Document, _: Mapping[str, Document]) -> Side | None:
    found = complexity.get("candidates") or ()
    if not found:
        return None
    simplest, chosen = complexity["simplest_as_good"], complexity["chosen"]
    rows = tuple(
        (
            one["candidate"],
            f"{one['gain']:+.4f}",
            _interval(one["behind_chosen"], signed=True),
            f"{one['latency_ms']:.3g}",
            f"{one['model_bytes'] / 1e3:,.0f}",
        )
        for one in found
    )
    told = "the chosen one" if simplest == chosen else simplest
    return Side(
        title="What its complexity buys",
        lead=f"Gain in {complexity['metric']} over the baseline against latency and size. The simplest "
        f"candidate that is as good: {told}.",
        columns=("Candidate", "Gain", "Against the chosen", "ms a row", "kB"),
        rows=rows,
    )


def _learning(curve: Document, _: Mapping[str, Document]) -> Side | None:
    points = [(float(one["rows"]), float(one["validation"])) for one in curve.get("points") or ()]
    if not points:
        return None
    metric, gain = str(curve["metric"]), curve.get("gain_of_doubling")
    drawn = plots.lines({str(curve.get("candidate") or "model"): points}, title="Learning curve",
                        x_name="training rows", y_name=f"{metric}, validation rows")  # fmt: skip
    said = f"Twice the rows would bring about {gain:+.4f}." if gain is not None else ""
    return Side(title="What more rows would bring", lead=said, pictures=(drawn,))


def _ageing(staleness: Document, _: Mapping[str, Document]) -> Side | None:
    measured: Sequence[Document] = staleness.get("measurements") or ()
    if not measured:
        return None
    metric, series = str(staleness["metric"]), dict[str, list[tuple[float, float]]]()
    for one in sorted(measured, key=lambda one: one["age_days"]):
        series.setdefault(f"v{one['version']}", []).append((float(one["age_days"]), float(one["metric"])))
    newest = staleness.get("newest")
    drawn = plots.lines(
        dict(sorted(series.items(), key=lambda one: int(one[0][1:]) if one[0][1:].isdigit() else 0)),
        title="Quality against age", x_name="days since training", y_name=metric,
        reference=("this version on the newest rows", float(newest)) if newest is not None else None,
    )  # fmt: skip
    change, due = staleness.get("change_in_30_days"), staleness.get("days_to_tolerance")
    said = [
        f"{metric} of earlier versions on the newest rows of each training, from which none had learnt.",
        f"It changes by {change:+.4f} in 30 days." if change is not None else "",
        f"A fall by the tolerance is due after {due:,.3g} days." if due is not None else "",
    ]
    return Side(title="How it ages", lead=" ".join(filter(None, said)), pictures=(drawn,))


def _soundness(soundness: Document, _: Mapping[str, Document]) -> Side | None:
    alone = dict(list((soundness.get("alone") or {}).items())[:_MOST_LISTED])
    if not alone:
        return None
    counts = ", ".join(
        f"{rows:,} of {name}" for name, rows in (soundness.get("rows_of_classes") or {}).items()
    )
    notes = [f"{soundness['duplicates']:,} of {soundness['test_rows']:,} test rows are also training rows."]
    return Side(
        title="Whether anything gives the answer away",
        lead=f"How well each column predicts the answer by itself ({soundness['measure']}): one near 1 is "
        "suspicious.",
        pictures=(plots.value_bars(alone, title="Each column alone"),),
        notes=(*notes, *([f"Test rows by answer: {counts}."] if counts else [])),
    )


_SIDES = {
    "slices": _slices,
    "analysis": _fairness,
    "robustness": _robustness,
    "calibration": _calibration,
    "cost": _cost,
    "complexity": _complexity,
    "learning_curve": _learning,
    "staleness": _ageing,
    "soundness": _soundness,
}


def _fact(interval: Document) -> IntervalFact:
    return IntervalFact(value=interval["value"], low=interval["low"], high=interval["high"])


def _interval(interval: Document, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{interval['value']:{sign}.3f} ({interval['low']:{sign}.3f} to {interval['high']:{sign}.3f})"


def _signed(value: float | None) -> str:
    return "—" if value is None else f"{value:+.3f}"


def _bias(metric: Document) -> str:
    value = metric.get("value")
    if isinstance(value, int | float):
        return f"{value:+.3f}" if metric["name"] != "DI" else f"{value:.3f}"
    return "∞" if value == "Infinity" else "—"
