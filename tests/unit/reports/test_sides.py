"""What an evaluation looked at is shown, side by side, and nothing of what it did not look at."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.reports import render
from penstock.reports.facts import Facts
from penstock.reports.plots.lines import lines, ticks
from penstock.reports.sides import sides

INTERVAL = {"value": 0.7, "low": 0.65, "high": 0.75}


def slice_of(name: str, *, worse: bool) -> dict[str, Any]:
    return {
        "name": name,
        "origin": "found",
        "rows": 1_200,
        "share": 0.12,
        "metric": INTERVAL,
        "offset": None,
        "difference": -0.1 if worse else 0.0,
        "worse": worse,
        "against_champion": None,
    }


def group(name: str, value: Any) -> dict[str, Any]:
    metric = {"name": name, "description": f"Name of it ({name})", "value": value}
    return {"facets": {"sex": [{"value_or_threshold": "f", "metrics": [metric]}]}}


RELIABLE = {
    "expected_error": 0.02,
    "largest_error": 0.1,
    "brier": 0.2,
    "reliability": 0.0,
    "resolution": 0.05,
    "uncertainty": 0.25,
    "mean_score": [0.2, 0.8],
    "share_true": [0.1, 0.9],
}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "slices": {
        "metric": "auc",
        "overall": 0.8,
        "slices": [slice_of("a <b>", worse=True), slice_of("c", worse=False)],
    },
    "analysis": {
        "pre_training_bias_metrics": group("DPL", 0.02),
        "post_training_bias_metrics": group("DPPL", -0.04),
    },
    "fairness": {
        "protected": [{"column": "name", "reason": "its sensitivity is personal", "declared": False}],
        "proxies": [{"column": "height", "tells": "sex", "strength": 0.91}],
    },
    "robustness": {
        "metric": "auc",
        "undisturbed": 0.8,
        "rows": 5_000,
        "scenarios": [{"name": "missing_30", "metric": 0.7, "fall": 0.1, "changed": 0.25}],
        "without": [{"name": "amount", "metric": 0.6, "fall": 0.2, "changed": 0.5}],
    },
    "calibration": {"predicted_class": RELIABLE, "classes": {"red": RELIABLE}},
    "cost": {"a_row": 3.0, "without_model": 2.0, "saved": -1.0},
    "complexity": {
        "metric": "auc",
        "chosen": "xgboost",
        "simplest_as_good": "logistic",
        "candidates": [
            {
                "candidate": "logistic",
                "gain": 0.3,
                "behind_chosen": INTERVAL,
                "latency_ms": 0.1,
                "model_bytes": 2_000,
            }
        ],
    },
    "learning_curve": {
        "metric": "auc",
        "candidate": "xgboost",
        "gain_of_doubling": 0.01,
        "points": [{"rows": 100, "validation": 0.6}, {"rows": 1_000, "validation": 0.7}],
    },
    "staleness": {
        "metric": "auc",
        "change_in_30_days": -0.03,
        "days_to_tolerance": 50.0,
        "newest": 0.85,
        "measurements": [
            {"version": "1", "age_days": 30.0, "metric": 0.8},
            {"version": "1", "age_days": 0.0, "metric": 0.9},
        ],
    },
    "soundness": {
        "measure": "area under the ROC curve",
        "alone": {"amount": 0.9},
        "test_rows": 4_000,
        "duplicates": 3,
        "rows_of_classes": {"1": 900},
    },
}


def told(name: str, **documents: dict[str, Any]) -> str:
    """Return everything that the section of one document says."""
    [side] = sides({name: DOCUMENTS[name], **documents})
    cells = [cell for row in side.rows for cell in row]
    return " | ".join([side.title, side.lead, *side.columns, *cells, *side.notes, *map(str, side.pictures)])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("slices", ("1 of 2 slices", "1,200", "0.700 (0.650 to 0.750)", "12.0%", "all rows (0.800)")),
        ("analysis", ("sex f", "labels", "+0.020", "-0.040", "DPPL: Name of it")),
        ("robustness", ("30 % of the values missing", "+0.1000", "25.0%", "amount")),
        ("calibration", ("for the class that was predicted", "0.0200", "class red", "honest")),
        ("cost", ("costs 1 a row more than none", "without it")),
        ("complexity", ("as good: logistic", "+0.3000")),
        ("learning_curve", ("Twice the rows would bring about +0.0100", "1,000")),
        (
            "staleness",
            ("-0.0300 in 30 days", "after 50 days", "this version on the newest rows", "v1: 0.9 at 0"),
        ),
        ("soundness", ("3 of 4,000 test rows", "900 of 1")),
    ],
)
def test_a_side_is_told_in_words_numbers_and_pictures(name: str, words: tuple[str, ...]) -> None:
    found = told(name)
    assert [word for word in words if word not in found] == []


def test_what_was_not_looked_at_has_no_section() -> None:
    assert sides({}) == []
    assert sides({name: {} for name in DOCUMENTS}) == []


def test_columns_that_may_be_about_groups_are_named_where_none_were_compared() -> None:
    [side] = sides({"fairness": DOCUMENTS["fairness"]})
    assert "none were compared" in side.lead
    assert "name (its sensitivity is personal)" in side.notes[0]
    assert "height tells sex (0.91)" in side.notes[1]


def test_the_page_shows_every_side_of_the_champion_escaped_and_below_a_megabyte(facts: Facts) -> None:
    versions = tuple(
        one.model_copy(update={"documents": DOCUMENTS}) if one.stage == "champion" else one
        for one in facts.versions
    )
    page = render(facts.model_copy(update={"versions": versions}))
    for title in ("Where it is weaker", "Whether groups fare alike", "How it ages", "What errors cost"):
        assert title in page
    assert "a &lt;b&gt;" in page
    assert "<b>" not in page.partition("Where it is weaker")[2].partition("</section>")[0]
    assert len(page.encode()) < 1_000_000


def test_many_slices_and_groups_keep_the_page_small(facts: Facts) -> None:
    slices = {**DOCUMENTS["slices"], "slices": [slice_of("x" * 60, worse=True)] * 500}
    [side] = sides({"slices": slices})
    assert len(side.rows) == 20


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (0.71, 0.79), (3, 3), (-5, 12_345), (0, 0), (1e-9, 2e-9)]
)
def test_ticks_are_few_round_and_span_the_range(low: float, high: float) -> None:
    found = ticks(low, high)
    assert found[0] <= low <= high <= found[-1]
    assert 2 <= len(found) <= 8
    assert found == sorted(set(found))


def test_a_picture_of_nothing_is_empty() -> None:
    assert "polyline" not in lines({}, title="t", x_name="x", y_name="y")
