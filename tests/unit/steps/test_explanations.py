"""What a batch of explanations is planned for, and what is recorded of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from penstock.errors import ChangedModel, InvalidSpec, NotFound
from penstock.explanations.registration import MemoryExplanationTables
from penstock.explanations.steps import Explanations
from penstock.models import Stage
from penstock.specs import ExplanationRequest

HOME = "capture/demo_case/penstock-demo-case/AllTraffic"
SUMMARY = {
    "rows": 9, "explained": 8, "answered": 2, "other_versions": 0, "mismatched": 1, "corrupt": 0,
    "not_found": [], "partitions": ["version=1/date=2026-03-01"], "ndcg": 0.8, "drifted": True,
}  # fmt: skip


def line(identifier: str, version: int = 1) -> bytes:
    answer = json.dumps({"predictions": [{"score": 0.5}], "model": {"version": str(version)}})
    told = {"inferenceId": identifier, "inferenceTime": "2026-03-01T10:00:00Z"}
    data = {"endpointOutput": {"data": answer, "encoding": "JSON"}}
    return json.dumps({"captureData": data, "eventMetadata": told}).encode() + b"\n"


@pytest.fixture
def live(world: Any) -> Any:
    world.register()
    world.champion()
    return world


@pytest.fixture
def steps(live: Any) -> Explanations:
    return Explanations(
        live.catalog, live.models, live.audit, live.artifacts, live.lake, live.clock, live.job,
        MemoryExplanationTables(),
    )  # fmt: skip


def asked(**request: Any) -> dict[str, Any]:
    return {"use_case": "demo_case", "requested_by": "dana", **request}


def request_of(world: Any, planned: dict[str, Any]) -> dict[str, Any]:
    prefix = planned["explained"]["prefix"]
    found: dict[str, Any] = json.loads(world.artifacts.read(f"{prefix}/request/request.json"))
    return found


def captured(world: Any, planned: dict[str, Any]) -> list[str]:
    prefix = planned["explained"]["prefix"]
    return list(json.loads(world.artifacts.read(f"{prefix}/capture.manifest"))[1:])


def test_the_last_window_of_the_champion_is_meant_unless_said(steps: Any, live: Any, valid: Any) -> None:
    live.artifacts.write(f"{HOME}/2026/02/28/11/a.jsonl", b"{}\n")
    live.artifacts.write(f"{HOME}/2026/02/28/12/b.jsonl", b"{}\n")
    planned = steps.plan(asked(), "e1")
    valid("sagemaker", "CreateProcessingJob", planned["job"])
    assert captured(live, planned) == [f"{HOME}/2026/02/28/12/b.jsonl"]
    work = request_of(live, planned)
    assert (work["version"], work["window_start"], work["share"]) == (1, "2026-02-28T12:00:00.000Z", 1.0)
    assert work["digest"] == live.models.version("demo_case", 1).signature.digest
    outputs = planned["job"]["ProcessingOutputConfig"]["Outputs"]
    assert outputs[0]["S3Output"]["S3Uri"] == f"{live.lake.uri}/explanations/demo_case"


def test_the_same_work_has_the_same_name_and_other_work_another(steps: Any, live: Any) -> None:
    live.artifacts.write(f"{HOME}/2026/02/28/12/b.jsonl", b"{}\n")
    window = {"since": "2026-02-28T12:00:00Z", "until": "2026-02-28T13:00:00Z"}

    def name(execution: str, **more: Any) -> str:
        return str(request_of(live, steps.plan(asked(**window, **more), execution))["name"])

    assert name("e1") == name("e2", reason="another")
    assert len({name("e1"), name("e1", share=0.5), name("e1", seed=8), name("e1", method="kernel")}) == 4


def test_a_checked_window_is_sampled_as_the_use_case_says(steps: Any, live: Any) -> None:
    live.register(monitoring={"explain_share": 0.2})
    live.artifacts.write(f"{HOME}/2026/02/28/12/b.jsonl", b"{}\n")
    event = {
        "use_case": "demo_case", "version": 1, "start": "2026-02-28T12:00:00.000Z",
        "end": "2026-03-01T12:00:00.000Z", "explain": True, "status": "completed", "rows": 3,
    }  # fmt: skip
    planned = steps.plan(event, "e1")
    assert request_of(live, planned)["share"] == 0.2
    assert planned["explained"]["requested_by"] == "monitoring"


def test_a_request_is_found_by_its_id_with_the_version_that_answered(steps: Any, live: Any) -> None:
    live.version(Stage.RETIRED, "r2")
    live.artifacts.write(f"{HOME}/2025/01/01/12/old.jsonl", line("a", version=2))
    live.artifacts.write(f"{HOME}/2026/02/28/12/new.jsonl", line("b", version=1))
    planned = steps.plan(asked(inference_ids=["a"]), "e1")
    assert captured(live, planned) == [f"{HOME}/2025/01/01/12/old.jsonl"]
    assert planned["explained"]["version"] == 2
    with pytest.raises(InvalidSpec, match="Several versions"):
        steps.plan(asked(inference_ids=["a", "b"]), "e1")
    with pytest.raises(NotFound, match="No captured request"):
        steps.plan(asked(inference_ids=["zzz"]), "e1")


def test_rows_are_taken_from_the_lake_and_the_runs_alone(steps: Any, live: Any) -> None:
    live.lake.write("curated/demo_case/invoices/arrival=a/part.parquet", b"x")
    live.lake.write("secrets/part.parquet", b"x")
    place = f"{live.lake.uri}/curated/demo_case/invoices/"
    planned = steps.plan(asked(rows=place), "e1")
    sources = {one["InputName"]: one["S3Input"]["S3Uri"] for one in planned["job"]["ProcessingInputs"]}
    assert sources["rows"] == place
    assert request_of(live, planned)["source"] == "rows"
    for wrong in (f"{live.lake.uri}/secrets/", "s3://elsewhere/curated/x"):
        with pytest.raises(InvalidSpec, match="does not look"):
            steps.plan(asked(rows=wrong), "e1")
    with pytest.raises(NotFound, match="no rows"):
        steps.plan(asked(rows=f"{live.lake.uri}/curated/other/"), "e1")


def test_what_there_is_not_is_refused(steps: Any, live: Any) -> None:
    with pytest.raises(NotFound, match="No request was captured"):
        steps.plan(asked(), "e1")
    with pytest.raises(NotFound):
        steps.check(ExplanationRequest(use_case="demo_case", version=9))
    with pytest.raises(NotFound):
        steps.check(ExplanationRequest(use_case="nobody"))
    with pytest.raises(InvalidSpec, match="does not look"):
        steps.check(ExplanationRequest(use_case="demo_case", rows="s3://elsewhere/curated/x"))
    with pytest.raises(InvalidSpec, match="too long"):
        steps.plan(asked(since="2020-01-01T00:00:00Z"), "e1")


def test_a_changed_package_explains_nothing(steps: Any, live: Any) -> None:
    live.artifacts.write(f"{HOME}/2026/02/28/12/b.jsonl", b"{}\n")
    live.package("r1", b"other")
    with pytest.raises(ChangedModel):
        steps.plan(asked(), "e1")


def test_a_batch_is_compared_with_what_the_version_looked_at_in_training(steps: Any, live: Any) -> None:
    live.artifacts.write(f"{HOME}/2026/02/28/12/b.jsonl", b"{}\n")
    assert request_of(live, steps.plan(asked(), "e1"))["training"] == {}
    live.write("runs/demo_case/r1/evaluation/explanation.json", {"global_shap": {"amount": 0.5}})
    work = request_of(live, steps.plan(asked(), "e2"))
    assert (work["training"], work["minimum_rows"]) == ({"amount": 0.5}, 200)


def test_what_was_stored_is_visible_to_sql_and_audited_once(steps: Any, live: Any) -> None:
    live.artifacts.write(f"{HOME}/2026/02/28/12/b.jsonl", b"{}\n")
    explained = steps.plan(asked(reason="a complaint"), "e1")["explained"]
    live.write(f"{explained['prefix']}/summary.json", SUMMARY)
    told = [steps.record(explained), replace(steps).record(explained)]
    assert told[0] == told[1]
    assert (told[0]["explained"], told[0]["report_prefix"]) == (8, explained["prefix"])
    assert steps.tables.shown == {"demo_case__explanations": {"version=1/date=2026-03-01"}}
    (record,) = [one for one in live.audit.records("demo_case") if one.action == "predictions explained"]
    assert (record.actor, record.details["reason"]) == ("dana", "a complaint")
