"""Records what smclarify answers, for test_clarify.py; in an environment of its own, from this folder.

``uv run --no-project --with smclarify==0.5 --with 'pandas<3' python record.py > answers.json``
"""

from __future__ import annotations

import json
import logging
import math
import sys
from typing import Any

import numpy as np
import pandas as pd
from smclarify.bias import metrics
from smclarify.bias.report import FacetColumn, LabelColumn, StageType, bias_report

logging.disable(logging.CRITICAL)


def shown(value: float) -> Any:
    """Return a value as the report has it: an infinite one is a word."""
    return str(value).replace("inf", "Infinity") if math.isinf(value) else float(value)


def measured(facet: np.ndarray, label: np.ndarray, said: np.ndarray, group: Any, numbers: np.ndarray) -> Any:
    """Call every metric as smclarify's report does."""
    known = {
        "df": pd.DataFrame(numbers),
        "feature": pd.Series(np.zeros(len(facet))),
        "sensitive_facet_index": pd.Series(facet, dtype=bool),
        "label": pd.Series(label, dtype=bool),
        "positive_label_index": pd.Series(label, dtype=bool),
        "predicted_label": pd.Series(said, dtype=bool),
        "positive_predicted_label_index": pd.Series(said, dtype=bool),
        "group_variable": None if group is None else pd.Series(group),
    }
    answers = {}
    for metric in (*metrics.PRETRAINING_METRICS, *metrics.POSTTRAINING_METRICS):
        try:
            answers[metric.__name__] = {"value": shown(metrics.call_metric(metric, **known))}
        except Exception as error:
            answers[metric.__name__] = {"value": None, "error": str(error)}
        answers[metric.__name__]["description"] = metrics.common.metric_description(metric)
    return answers


def case(name: str, columns: tuple[Any, Any, Any, Any], numbers: np.ndarray) -> dict[str, Any]:
    """Return one case with its answers."""
    facet, label, said, group = columns
    rows = [np.asarray(one, dtype=bool) for one in (facet, label, said)]
    found = measured(*rows, group, numbers)
    return {
        "name": name,
        "facet": rows[0].astype(int).tolist(),
        "label": rows[1].astype(int).tolist(),
        "said": rows[2].astype(int).tolist(),
        "group": None if group is None else [int(one) for one in group],
        "numbers": np.round(numbers, 3).tolist(),
        "answers": found,
    }


def cases() -> list[dict[str, Any]]:
    """Return random rows of several sizes and shares, then the edges."""
    found = []
    for seed, rows in enumerate((8, 12, 25, 60, 200, 400)):
        rng = np.random.default_rng(seed)
        facet = rng.random(rows) < 0.4
        label = rng.random(rows) < np.where(facet, 0.3, 0.6)
        said = np.where(rng.random(rows) < 0.75, label, ~label)
        numbers = np.round(rng.normal(size=(rows, 3)) + facet[:, None], 3)
        columns = (facet, label, said, rng.integers(0, 4, rows))
        found.append(case(f"random {rows}", columns, numbers))
    base = np.arange(20)
    numbers = np.round(np.random.default_rng(9).normal(size=(20, 2)), 3)
    half, third, yes, no = base < 10, base % 3 == 0, base >= 0, base < 0
    edges: dict[str, tuple[Any, Any, Any, Any]] = {
        "empty facet": (no, third, half, third),
        "everybody is of the facet": (yes, third, half, third),
        "all labels favourable": (half, yes, third, third),
        "no label favourable": (half, no, third, third),
        "only the facet has favourable labels": (half, half, third, third),
        "nobody outside the facet is predicted favourably": (half, third, half, third),
        "everything predicted favourably": (half, third, yes, third),
        "perfect": (half, third, third, third),
        "all wrong": (half, third, ~third, third),
        "false negatives alone": (half, yes, half & third, third),
        "no condition": (half, third, base % 2 == 0, None),
        "one condition": (half, third, base % 2 == 0, no),
        "conditions without an answer": (half, third, base % 2 == 0, base // 2),
    }
    found += [case(name, rows, numbers) for name, rows in edges.items()]
    return found


def report() -> dict[str, Any]:
    """Return whole reports: a facet of words, one with a threshold, and a label with a threshold."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m", "x"], 80), "age": rng.normal(40, 10, 80).round(1)})
    amount = (rng.normal(100, 30, 80) + np.where(frame["sex"] == "f", -10, 10)).round(1)
    said = (amount + rng.normal(0, 15, 80)).round(1)
    found = {}
    for column, values in {"sex": None, "age": [40.0]}.items():
        for stage in (StageType.PRE_TRAINING, StageType.POST_TRAINING):
            found[f"{column} {stage.value}"] = bias_report(
                frame, FacetColumn(column, values), LabelColumn("amount", pd.Series(amount), [100.0]), stage,
                LabelColumn("said", pd.Series(said), [100.0]), metrics=["all"],
                group_variable=pd.Series(rng.integers(0, 3, 80) * 0 + np.arange(80) % 3),
            )  # fmt: skip
    rows = {
        "sex": frame["sex"].tolist(),
        "age": frame["age"].tolist(),
        "amount": amount.tolist(),
        "said": said.tolist(),
    }
    return {"rows": rows, "answers": found}


if __name__ == "__main__":
    json.dump({"cases": cases(), "report": report()}, sys.stdout, indent=None)
    sys.stdout.write("\n")
