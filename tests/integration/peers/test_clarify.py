"""Bias metrics are those of smclarify, whose answers ``clarify/record.py`` wrote down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from penstock.evaluation.fairness import Outcome, bias_document, bias_of
from penstock.evaluation.fairness.catalogue import METRICS
from penstock.evaluation.fairness.rates import Groups, Unmeasurable
from penstock.specs import EvaluationSpec
from penstock.training.algorithms import Answers

RECORDED = json.loads((Path(__file__).parent / "clarify" / "answers.json").read_text())


def answer(case: dict[str, Any], name: str) -> dict[str, Any]:
    truths = [np.asarray(case[part], dtype=np.bool_) for part in ("facet", "label", "said")]
    condition = None if case["group"] is None else np.asarray(case["group"], dtype=np.int64)
    try:
        value = METRICS[name].measure(Groups(*truths, condition, np.asarray(case["numbers"])))
    except Unmeasurable as error:
        return {"value": None, "error": str(error)}
    return {"value": str(value).replace("inf", "Infinity") if np.isinf(value) else value}


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: case["name"])
def test_every_metric_is_clarifys(case: dict[str, Any]) -> None:
    assert set(case["answers"]) == set(METRICS)
    for name, expected in case["answers"].items():
        assert METRICS[name].description == expected.pop("description")
        found = answer(case, name)
        assert found == {**expected, "value": pytest.approx(expected["value"], abs=1e-12)
                         if isinstance(expected["value"], float) else expected["value"]}, name  # fmt: skip


@pytest.mark.parametrize("facet", ["sex", "age"])
@pytest.mark.parametrize("stage", ["pre_training", "post_training"])
def test_a_whole_report_is_clarifys(facet: str, stage: str) -> None:
    rows = RECORDED["report"]["rows"]
    table = pa.table({"sex": rows["sex"], "age": rows["age"], "third": np.arange(80) % 3})
    above = {"above": 40.0} if facet == "age" else {}
    spec = EvaluationSpec(facets=[{"column": facet, "group": "third", **above}], favourable_above=100.0)
    scores = np.asarray(rows["said"]) if stage == "post_training" else None
    outcome = Outcome(table, Answers("regression", np.asarray(rows["amount"])), scores)
    document = bias_document(outcome, spec, bias_of(outcome, spec), "amount")
    found = {one["value_or_threshold"]: one["metrics"] for one in document["facets"][facet]}
    expected = {
        one["value_or_threshold"]: one["metrics"] for one in RECORDED["report"]["answers"][f"{facet} {stage}"]
    }
    assert set(found) == set(expected)
    for group, metrics in expected.items():
        for own, theirs in zip(found[group], metrics, strict=True):
            if own["name"] == "FT":  # here without the model's columns
                continue
            theirs["value"] = (
                pytest.approx(theirs["value"], abs=1e-12) if theirs["value"] is not None else None
            )
            assert own == theirs
