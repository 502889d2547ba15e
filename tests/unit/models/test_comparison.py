"""Two versions beside each other: what changed in data, code, parameters, metrics and explanation."""

from __future__ import annotations

from typing import Any

from penstock.models import ModelVersion, Stage
from penstock.models.comparison import Comparison, Material, compare


def version(number: int, **changes: Any) -> ModelVersion:
    facts: dict[str, Any] = {
        "use_case": "demo",
        "version": number,
        "run_id": f"r{number}",
        "stage": Stage.APPROVED,
        "candidate": "boosted",
        "model_key": "m",
        "evaluation_prefix": "e",
        "requested_by": "dana",
        "created_at": "2026-01-01",
        "snapshot_id": f"s{number}",
        "metrics": {"auc": {"value": 0.25 * number}},
        "verdict": {"checks": [{"check": "latency", "value": 2.0 * number, "passed": True}]},
    }
    return ModelVersion.model_validate(facts | changes)


def numbers(name: str, mean: float, *, missing: int) -> dict[str, Any]:
    common = {"num_present": 4 - missing, "num_missing": missing}
    return {"name": name, "numerical_statistics": {"common": common, "mean": mean}}


def words(name: str, count: int) -> dict[str, Any]:
    buckets = [{"value": "DE", "count": count}, {"value": "FR", "count": 4 - count}]
    statistics = {
        "common": {"num_present": 4, "num_missing": 0},
        "distribution": {"categorical": {"buckets": buckets}},
    }
    return {"name": name, "string_statistics": statistics}


def material(number: int) -> Material:
    return Material(
        run={"digest": "same"},
        plan={
            "arrivals": ["a"] * number,
            "recent_arrival_id": f"a{number}",
            "seed": 7,
            "candidates": [
                {"name": "boosted", "algorithm": "xgboost", "hyperparameters": {"max_depth": str(number)}}
            ],
        },
        summary={"rows": {"train": 100 * number}, "libraries": {"numpy": "2.4"}},
        explanation={"global_shap": {"amount": 0.3 * number, "country": -0.1}},
        statistics={
            "features": [numbers("amount", 10.0 * number, missing=number - 1), words("country", number)]
        },
    )


def compared() -> Comparison:
    return compare(version(1), version(2), materials=(material(1), material(2)))


def found(section: str, what: str) -> tuple[Any, Any]:
    (one,) = [row for row in compared().sections[section] if row.what == what]
    return one.first, one.second


def test_every_kind_of_difference_is_told() -> None:
    assert found("data", "snapshot") == ("s1", "s2")
    assert found("data", "arrivals") == (1, 2)
    assert found("data", "train rows") == (100, 200)
    assert found("inputs", "mean amount") == (10.0, 20.0)
    assert found("inputs", "missing amount") == (0.0, 0.25)
    assert found("inputs", "most frequent country") == ("FR", "FR")
    assert found("inputs", "share of it in country") == (0.75, 0.5)
    assert found("parameters", "max_depth") == ("1", "2")
    assert found("parameters", "seed") == (7, 7)
    assert found("metrics", "auc") == (0.25, 0.5)
    assert found("gates", "latency") == (2.0, 4.0)
    assert found("explanation", "amount") == (0.75, round(0.6 / 0.7, 6))


def test_what_is_the_same_is_left_out_of_what_changed() -> None:
    changed = compared().changed()
    assert "code" not in changed
    assert [row.what for row in changed["parameters"]] == ["max_depth"]
    assert {row.what for row in changed["record"]} == {"run"}


def test_a_version_without_documents_compares_by_its_record() -> None:
    one = compare(version(1), version(1))
    assert one.changed() == {}
    assert compare(version(1), version(2)).sections["explanation"] == ()


def test_checks_of_one_name_are_compared_one_by_one() -> None:
    checks = [{"check": "fairness_DPPL", "value": value, "passed": True} for value in (0.1, 0.2)]
    one = version(1, verdict={"checks": checks})
    rows = compare(one, one).sections["gates"]
    assert [(row.what, row.first) for row in rows] == [("fairness_DPPL", 0.1), ("fairness_DPPL 2", 0.2)]
