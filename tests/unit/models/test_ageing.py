"""What is known of how versions age, run by run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from penstock.models import ModelVersion, PackageSignature, Stage
from penstock.models.ageing import earlier_versions, known_ages
from penstock.stores import FolderObjects

SIGNED = PackageSignature(sha256="0" * 64, bytes=1, files={})


def version(number: int, *, passed: bool = True, **changes: Any) -> ModelVersion:
    facts: dict[str, Any] = {
        "use_case": "u",
        "version": number,
        "run_id": f"r{number}",
        "stage": Stage.RETIRED,
        "candidate": "c",
        "model_key": f"m{number}",
        "evaluation_prefix": f"e{number}",
        "requested_by": "d",
        "created_at": f"2026-0{number}-01T00:00:00.000Z",
        "metrics": {"auc": {"value": 0.9}},
        "verdict": {"passed": passed},
        "signature": SIGNED,
    }
    return ModelVersion.model_validate(facts | changes)


@pytest.fixture
def store(tmp_path: Path) -> FolderObjects:
    store = FolderObjects(tmp_path)
    for number in range(1, 8):
        store.write(f"m{number}", b"")
    return store


def numbers(versions: list[ModelVersion]) -> list[int]:
    return [one.version for one in versions]


def test_the_champion_comes_first_and_then_the_newest_that_passed(store: FolderObjects) -> None:
    versions = [version(n, passed=n != 5) for n in range(1, 8)]
    assert numbers(earlier_versions(store, versions, versions[2])) == [3, 7, 6, 4]
    assert numbers(earlier_versions(store, versions, None)) == [7, 6, 4, 3]


def test_a_version_without_package_or_signature_is_not_measured(store: FolderObjects) -> None:
    versions = [version(1), version(2, signature=None), version(3, model_key="gone")]
    assert numbers(earlier_versions(store, versions, versions[2])) == [1]


def test_measurements_add_up_from_run_to_run(store: FolderObjects) -> None:
    old = {"version": "1", "age_days": 31.0, "metric": 0.8, "rows": 50, "at": "2026-02-01T00:00:00Z"}
    store.write("e2/staleness.json", json.dumps({"metric": "auc", "measurements": [old]}).encode())
    recent = {"models": {"c": {"recent": {"auc": {"value": 0.95}}}}, "rows": {"recent": 40}}
    store.write("e2/metrics.json", json.dumps(recent).encode())
    found = known_ages(store, [version(1), version(2), version(3, passed=False)], "auc")
    assert [(one["version"], one["age_days"], one["metric"], one["rows"]) for one in found] == [
        ("1", 31.0, 0.8, 50),
        ("1", 0.0, 0.9, 1),
        ("2", 0.0, 0.95, 40),
    ]


def test_measurements_in_another_metric_are_no_history_of_this_one(store: FolderObjects) -> None:
    old = {"version": "1", "age_days": 31.0, "metric": 0.8, "rows": 50}
    store.write("e1/staleness.json", json.dumps({"metric": "f1", "measurements": [old]}).encode())
    assert [one["age_days"] for one in known_ages(store, [version(1)], "auc")] == [0.0]
