"""Two people for a high risk, unchanged packages alone, SageMaker in step, an audit trail that is copied."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from penstock.catalog import Catalog
from penstock.errors import Conflict, InvalidSpec, NotFound, SegregationOfDuties
from penstock.governance.copies import AuditCheck, AuditCopies, check_copies
from penstock.governance.dossier import compare_versions, inventory, now_text
from penstock.governance.evidence import verify_evidence, write_evidence
from penstock.governance.predictions import Trace, trace
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.models.aliases import Aliases
from penstock.serving.client import EndpointClient
from penstock.stores.aws import S3Objects
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World, eventually

HIGH = {"audience": "public", "impact": "health", "autonomy": "decision_support"}


def copies(world: World) -> AuditCopies:
    return AuditCopies(S3Objects(world.aws("s3"), world.engineer.buckets["audit"]))


def checked(world: World, use_case: str) -> AuditCheck:
    return check_copies(world.audit, copies(world), use_case, now=datetime.now(UTC).isoformat())


def answer(who: Any, approval: str) -> dict[str, Any]:
    request = {"approval_id": approval, "decision": "approve", "reason": "reviewed"}
    told: dict[str, Any] = who.call("decide_approval", request)
    return told


@pytest.fixture(scope="module")
def grave(world: World) -> ModelVersion:
    """Let a version of a high risk go live, by two people."""
    gateless = use_cases.model(gates={"better_than_baseline": False, "maximum_latency_milliseconds": 10_000})
    with pytest.raises(InvalidSpec, match="compares groups of people"):
        world.register(use_cases.document("grave", risk=HIGH))
    told = use_cases.model(evaluation={"no_facets_because": "Meters are no people."})
    world.register(use_cases.document("grave", risk=HIGH, model=told))
    world.register(use_cases.document("gateless", risk=use_cases.PERSON, model=gateless))
    for name in ("grave", "gateless"):
        world.land(name, "first.csv", use_cases.as_csv(use_cases.rows(400)))
    asked = world.pending("grave")
    assert asked.required == ("model_risk", "business_owner")
    assert answer(world.priya, asked.approval_id)["open"] == ["business_owner"]
    with pytest.raises(SegregationOfDuties):
        answer(world.priya, asked.approval_id)
    assert answer(world.omar, asked.approval_id)["status"] == "approved"
    return world.version("grave", 1, Stage.CHAMPION)


def test_a_high_risk_goes_live_by_two_people_of_two_roles(world: World, grave: ModelVersion) -> None:
    assert grave.signature is not None
    assert {"package signed", "approval given", "version approved"} <= set(world.actions("grave"))
    approved = next(change for change in grave.history if change.stage is Stage.APPROVED)
    assert approved.by == "priya, omar"
    card = json.loads(world.engineer.artifacts.read("cards/grave/1/card.json"))
    assert card["intended_uses"]["risk_rating"] == "High"


def test_a_version_without_a_gate_that_its_risk_demands_is_not_even_asked_for(
    world: World, grave: ModelVersion
) -> None:
    version = world.version("gateless", 1, Stage.REJECTED)
    assert version.history[-1].by == "governance"
    assert "demands the gates better_than_baseline" in version.history[-1].reason
    assert world.approvals.of("gateless") == []


def test_a_change_in_sagemaker_that_nobody_may_make_is_undone(world: World, grave: ModelVersion) -> None:
    sagemaker = world.aws("sagemaker")
    sagemaker.update_model_package(ModelPackageArn=grave.package_arn, ModelApprovalStatus="Rejected")

    def status() -> str:
        found = sagemaker.describe_model_package(ModelPackageName=grave.package_arn)
        return str(found["ModelApprovalStatus"])

    eventually(lambda: status() == "Approved", "the change to be undone")
    eventually(lambda: "package status undone" in world.actions("grave"), "the record of it")
    assert world.models.version("grave", 1).stage is Stage.CHAMPION


def test_a_package_that_was_changed_is_not_deployed(world: World, grave: ModelVersion) -> None:
    genuine = world.engineer.artifacts.read(grave.model_key)
    world.engineer.artifacts.write(grave.model_key, genuine + b"\0")
    try:
        request = {"use_case": "grave", "version": 1, "reason": "again"}
        started = world.dana.call("request_deployment", request)
        world.ended(started["execution_arn"])
    finally:
        world.engineer.artifacts.write(grave.model_key, genuine)
    assert world.inbox.told("a deployment failed", "Version 1 of grave", "not the one that was registered")
    assert world.models.version("grave", 1).stage is Stage.CHAMPION


def test_those_who_approve_read_evidence_and_follow_a_prediction_to_its_file(
    world: World, grave: ModelVersion, tmp_path: Path
) -> None:
    client = EndpointClient(world.dana, "grave", new_id=lambda: "asked-for-once")
    client.predict([{"amount": 12.5, "colour": "red"}])

    def traced() -> Trace | None:
        with suppress(NotFound):
            priya = world.priya
            models, catalog = ModelRepository(priya.items("models")), Catalog(priya.items("catalog"))
            return trace(catalog, models, priya.artifacts, "grave", "asked-for-once")
        return None

    found = eventually(traced, "the capture of the prediction")
    (file,) = found.files
    assert (found.prediction.version, file.key) == (1, "grave/readings/first.csv")
    eventually(lambda: not checked(world, "grave").waiting, "the copies")
    made = write_evidence(world.priya, grave, tmp_path / "evidence.zip", now=now_text())
    assert made.problems == ()
    assert verify_evidence(tmp_path / "evidence.zip") == []
    (row,) = [one for one in inventory(world.omar, now=now_text()) if one.use_case == "grave"]
    assert (row.risk_tier, row.approved_by, row.overdue) == ("high", "priya, omar", False)
    assert compare_versions(world.priya, grave, grave).changed() == {}


def test_every_record_is_copied_and_a_copy_cannot_be_removed(world: World, grave: ModelVersion) -> None:
    found = eventually(
        lambda: (check := checked(world, "grave")) and check.intact and not check.waiting and check, "copies"
    )
    assert found.copies == found.records > 5
    bucket = world.engineer.buckets["audit"]
    one = next(iter(S3Objects(world.aws("s3"), bucket).versions("chain/grave/")))
    with pytest.raises(ClientError, match="AccessDenied"):
        world.aws("s3").delete_object(Bucket=bucket, Key=one.key, VersionId=one.version)
    for who in (world.dana, world.priya):
        with pytest.raises(ClientError, match="AccessDenied"):
            who.session.client("s3").put_object(Bucket=bucket, Key="chain/grave/x", Body=b"")


def test_the_daily_sweep_proves_every_chain(world: World, grave: ModelVersion) -> None:
    answered = world.aws("lambda").invoke(FunctionName=world.function("SweepAudit"), Payload=b"{}")
    told = json.loads(answered["Payload"].read())
    assert "FunctionError" not in answered, told
    assert told["records"] > 10
    assert not [one for one in told["findings"] if not one.startswith("meddled")]


def test_people_name_versions_and_let_others_decide(world: World, grave: ModelVersion) -> None:
    named = world.dana.call(
        "name_version", {"use_case": "grave", "alias": "spring", "version": 1, "expect": 0}
    )
    assert (named["version"], named["revision"]) == (1, 1)
    with pytest.raises(Conflict, match="Somebody else has set this alias"):
        world.priya.call("name_version", {"use_case": "grave", "alias": "spring", "version": 1, "expect": 0})
    assert Aliases(world.engineer.items("models")).resolve("grave", "spring") == grave
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    away = {"to": "sam", "ends_at": until, "reason": "away"}
    (given,) = world.priya.call("delegate_approval", away)["delegations"]
    assert (given["delegator"], given["delegate"], given["role"]) == ("priya", "sam", "model_risk")
    assert world.priya.call("delegate_approval", {"to": "sam", "revoke": True})["delegations"][0][
        "revoked_at"
    ]
    with pytest.raises(ClientError, match="AccessDenied"):
        world.dana.call("delegate_approval", away)


def test_a_record_that_is_changed_in_the_table_raises_the_alarm(world: World) -> None:
    for number in range(3):
        world.audit.append(
            "meddled", action="did", actor="ann", subject=str(number), at="2026-01-01T00:00:00.000Z"
        )
    eventually(lambda: checked(world, "meddled").intact, "the copies")
    items = world.engineer.items("audit")
    found = items.get("chain#meddled", f"{2:010d}")
    assert found is not None
    items.put({**found, "actor": "eve"})
    eventually(lambda: copies(world).alarms("meddled"), "the alarm")
    check = checked(world, "meddled")
    assert any(one.startswith("record 2: content") for one in check.findings), check
    assert world.inbox.told("the audit trail was changed", "meddled: chain 2 was changed")
