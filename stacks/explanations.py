"""Explanations in the monitoring stack: functions, job and workflow that explain many predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks import access
from stacks.functions import Handler, Size
from stacks.jobs import JobRole
from stacks.wiring import PERSONAS
from stacks.workflows import explanations
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.wiring import Wiring

_HOME = "explanations/"
_TABLES = ("catalog", "models", "audit")


def add_explanations(scope: Construct, *, wiring: Wiring) -> Workflow:
    """Add the workflow that explains predictions to the monitoring stack."""
    lake, artifacts = wiring.bucket("lake"), wiring.bucket("artifacts")
    job = JobRole(scope, "ExplanationsJob", wiring=wiring)
    access.read_objects(job.role, artifacts, "capture/", "runs/", _HOME)
    access.read_objects(job.role, lake, "curated/", "features/")
    access.write_objects(job.role, artifacts, _HOME)
    access.write_objects(job.role, lake, _HOME)
    plan, record = _plan(scope, wiring, job), _record(scope, wiring)
    workflow = Workflow(
        scope, "Explanations", wiring=wiring, name="explanations", calls=[plan, record],
        definition=explanations.definition(
            plan=plan.function.function_arn, record=record.function.function_arn,
            bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
        ),
    )  # fmt: skip
    workflow.run_jobs("processing", roles=[job.role])
    workflow.start_on(
        "TrafficChecked", bus=wiring.bus, source="penstock.monitoring", types=["Monitoring Completed"],
        detail={"explain": [True]},
    )  # fmt: skip
    _request(scope, wiring, workflow)
    for persona in PERSONAS:
        access.read_objects(wiring.persona(persona), lake, _HOME)
        access.read_objects(wiring.persona(persona), artifacts, _HOME)
    return workflow


def _plan(scope: Construct, wiring: Wiring, job: JobRole) -> Handler:
    """Make the function that finds what is to be explained; it hashes the model's package."""
    handler = Handler(
        scope, "ExplanationsPlan", wiring=wiring, entry="explanations.plan",
        environment=_environment(wiring) | job.settings(wiring),
        size=Size(memory=1024, timeout=300, disk=2048),
    )  # fmt: skip
    lake, artifacts = wiring.bucket("lake"), wiring.bucket("artifacts")
    access.read_items(handler.role, *(wiring.table(name) for name in _TABLES))
    access.read_objects(handler.role, artifacts, "capture/", "runs/")
    access.read_objects(handler.role, lake, "curated/", "features/")
    access.write_objects(handler.role, artifacts, _HOME)
    return handler


def _record(scope: Construct, wiring: Wiring) -> Handler:
    """Make the function that makes explanations visible to SQL, and audits them."""
    database = f"penstock_{wiring.settings.environment}"
    handler = Handler(
        scope, "ExplanationsRecord", wiring=wiring, entry="explanations.record",
        environment=_environment(wiring) | {"GLUE_DATABASE": database},
    )  # fmt: skip
    access.read_objects(handler.role, wiring.bucket("artifacts"), _HOME)
    access.write_items(handler.role, wiring.table("audit"))
    tables = [wiring.arn("glue", name) for name in ("catalog", f"database/{database}")]
    tables.append(wiring.arn("glue", f"table/{database}/*__explanations"))
    access.allow(
        handler.role, ["glue:CreateTable", "glue:BatchCreatePartition"], tables,
        because="One table a use case, named after it.",
    )  # fmt: skip
    return handler


def _request(scope: Construct, wiring: Wiring, workflow: Workflow) -> None:
    """Make the function by which people ask for explanations."""
    arn = workflow.machine.state_machine_arn
    handler = Handler(
        scope, "RequestExplanations", wiring=wiring, entry="explanations.request",
        environment=_environment(wiring) | {"WORKFLOW": arn},
    )  # fmt: skip
    access.read_items(handler.role, wiring.table("catalog"), wiring.table("models"))
    access.allow(handler.role, ["states:StartExecution"], [arn])
    wiring.publish("functions/request_explanations", handler.function.function_name)
    for persona in PERSONAS:
        access.allow(wiring.persona(persona), ["lambda:InvokeFunction"], [handler.function.function_arn])


def _environment(wiring: Wiring) -> dict[str, str]:
    """Return the settings that name tables and buckets."""
    tables = {f"{name.upper()}_TABLE": wiring.table(name).table_name for name in _TABLES}
    buckets = {f"{name.upper()}_BUCKET": wiring.bucket(name).bucket_name for name in ("artifacts", "lake")}
    return {**tables, **buckets}
