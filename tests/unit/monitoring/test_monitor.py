"""Watching a window of captured traffic."""

from __future__ import annotations

import base64
import json

import numpy as np
import pyarrow as pa
import pytest

from penstock.errors import NotFound
from penstock.monitoring import baseline, monitor
from penstock.specs import MonitoringSpec
from penstock.training.artefact import ModelColumn

SPEC = MonitoringSpec(minimum_rows=50)
COLUMNS = [
    ModelColumn(name="x", type="decimal"),
    ModelColumn(name="n", type="integer"),
    ModelColumn(name="land", type="string"),
    ModelColumn(name="ok", type="boolean"),
]


def rows(count, seed, shift=0.0, lands=("DE", "FR", "IT")):
    rng = np.random.default_rng(seed)
    return [
        {
            "x": float(rng.normal(shift)),
            "n": int(rng.integers(0, 9)),
            "land": str(rng.choice(lands)),
            "ok": bool(rng.random() < 0.5),
        }
        for _ in range(count)
    ]


def line(instances, *, time="2026-03-01T10:00:00.000Z", version="1", score=None, encoding="JSON"):
    rng = np.random.default_rng(len(instances))
    said = {
        "predictions": [{"score": rng.random() if score is None else score, "label": 1} for _ in instances],
        "model": {"version": version},
    }
    sent = json.dumps({"instances": instances})
    if encoding == "CSV":
        sent = "\n".join(f"{r['x']},{r['n']},{r['land']},{str(r['ok']).lower()}" for r in instances)
    if encoding == "BASE64":
        sent = base64.b64encode(sent.encode()).decode()
    kind = "text/csv" if encoding == "CSV" else "application/json"
    return json.dumps(
        {
            "captureData": {
                "endpointInput": {
                    "observedContentType": kind,
                    "mode": "INPUT",
                    "data": sent,
                    "encoding": encoding,
                },
                "endpointOutput": {
                    "observedContentType": "application/json",
                    "mode": "OUTPUT",
                    "data": json.dumps(said),
                    "encoding": "JSON",
                },
            },
            "eventMetadata": {"eventId": "e", "inferenceTime": time},
            "eventVersion": "0",
        }
    )


@pytest.fixture
def watch(tmp_path):
    table = pa.Table.from_pylist(rows(3_000, 0))
    scores = np.random.default_rng(9).random(1_000)
    baseline(table, COLUMNS, scores=scores, spec=SPEC, output=tmp_path / "baseline")

    def run(lines, **options):
        folder = tmp_path / "capture" / "2026" / "03" / "01" / "10"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "c.jsonl").write_text("\n".join(lines) + "\n")
        summary = monitor(
            capture=tmp_path / "capture",
            baseline=tmp_path / "baseline",
            output=tmp_path / "out",
            spec=SPEC,
            endpoint="e",
            version="1",
            **options,
        )
        violations = json.loads((tmp_path / "out" / "constraint_violations.json").read_text())["violations"]
        return summary, {(v["feature_name"], v["constraint_check_type"]) for v in violations}

    return run


@pytest.mark.parametrize("encoding", ["JSON", "CSV", "BASE64"])
def test_traffic_like_the_training_rows_has_no_violation(watch, encoding):
    summary, violations = watch([line(rows(50, seed), encoding=encoding) for seed in range(1, 9)])
    assert (summary.status, summary.rows, violations) == ("completed", 400, set())
    assert set(summary.distances) == {"x", "n", "land", "ok", "prediction_score"}


def test_a_shifted_number_and_a_new_word_are_found(watch):
    lines = [line(rows(50, seed, shift=2.0, lands=("DE", "US"))) for seed in range(1, 9)]
    summary, violations = watch(lines)
    assert {
        ("x", "baseline_drift_check"),
        ("land", "baseline_drift_check"),
        ("land", "categorical_values_check"),
    } == violations
    assert set(summary.drifted) == {"x", "land"}


def test_a_drifting_score_is_found_but_only_of_this_version(watch):
    traffic = [rows(50, seed) for seed in range(1, 9)]
    assert watch([line(r, score=0.99) for r in traffic])[1] == {("prediction_score", "baseline_drift_check")}
    summary, violations = watch([line(r, score=0.99, version="2") for r in traffic])
    assert (summary.rows, violations) == (400, set())


def test_nulls_wrong_types_missing_and_extra_columns_are_found(watch):
    broken = rows(200, 1)
    for n, row in enumerate(broken):
        row["x"] = None if n % 2 else row["x"]
        row["n"] = row["n"] if n % 2 else "many"
        del row["ok"]
        row["colour"] = "red"
    assert {
        ("x", "completeness_check"),
        ("n", "data_type_check"),
        ("ok", "missing_column_check"),
        ("colour", "extra_column_check"),
    } == watch([line(broken)])[1]


def test_few_rows_have_no_verdict(watch):
    summary, violations = watch([line(rows(49, 1, shift=9.0))])
    assert (summary.status, summary.violations, violations) == ("not_enough_rows", 0, set())


def test_corrupt_lines_are_counted_and_never_fatal(watch):
    bad = [
        "{",
        "[]",
        '{"captureData": {}}',
        '{"captureData": {"endpointInput": {"data": "x", "encoding": "JSON"}}}',
        line(["no row"]),
        line(rows(1, 1)).replace("2026-03-01T10", "yesterday"),
        '{"captureData": {"endpointInput": {"data": "%%%", "encoding": "BASE64"}}}',
    ]
    summary, _ = watch([*bad, "", line(rows(100, 1))])
    assert (summary.lines, summary.corrupt_lines, summary.rows) == (8, 7, 100)
    assert summary.corrupt_examples[0].startswith("c.jsonl:1: JSONDecodeError")


def test_lines_outside_the_window_are_skipped(watch):
    hours = [line(rows(60, n), time=f"2026-03-01T{n:02d}:00:00.000Z") for n in (8, 9, 10)]
    summary, _ = watch(hours, window_start="2026-03-01T09:00:00Z", window_end="2026-03-01T10:00:00Z")
    assert (summary.rows, summary.lines_outside_window) == (60, 2)


def test_metrics_are_named_as_model_monitor_names_them(watch, tmp_path):
    watch([line(rows(100, 1))])
    metrics = {m["name"]: m for m in json.loads((tmp_path / "out" / "metrics.json").read_text())}
    assert metrics["rows"]["value"] == 100
    assert {"feature_data_x", "feature_non_null_land", "feature_baseline_drift_land"} <= set(metrics)
    assert metrics["feature_non_null_x"]["dimensions"][0] == {"Name": "Endpoint", "Value": "e"}


def test_a_columns_own_settings_are_read(watch, tmp_path):
    path = tmp_path / "baseline" / "constraints.json"
    document = json.loads(path.read_text())
    document["features"][0]["monitoringConfigOverrides"] = {
        "distribution_constraints": {"comparison_threshold": 1.0}
    }
    document["features"][2]["string_constraints"]["monitoring_config_overrides"] = {
        "domain_content_threshold": 1.0,
        "distribution_constraints": {"perform_comparison": "Disabled"},
    }
    path.write_text(json.dumps(document))
    assert watch([line(rows(200, 1, shift=2.0, lands=("US",)))])[1] == set()


def test_no_traffic_at_all_is_no_verdict(watch):
    assert watch([])[0].status == "not_enough_rows"


def test_a_missing_baseline_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"statistics\.json"):
        monitor(
            capture=tmp_path, baseline=tmp_path, output=tmp_path / "o", spec=SPEC, endpoint="e", version="1"
        )
