"""Features in the data stack: functions, job and workflow that materialise feature views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks import access
from stacks.functions import Handler
from stacks.jobs import JobRole
from stacks.workflows import features
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.wiring import Wiring

_REQUESTS = "requests/features/"


def add_features(scope: Construct, *, wiring: Wiring) -> Workflow:
    """Add the features workflow to the data stack."""
    lake, catalog, audit, online = (
        wiring.bucket("lake"),
        wiring.table("catalog"),
        wiring.table("audit"),
        wiring.table("online"),
    )
    job = JobRole(scope, "FeaturesJob", wiring=wiring)
    access.read_objects(job.role, lake, "curated/", "snapshots/", _REQUESTS)
    access.write_objects(job.role, lake, "features/")
    access.write_items(job.role, online)
    access.allow(job.role, ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"], [online.table_arn])
    environment = {
        "CATALOG_TABLE": catalog.table_name,
        "AUDIT_TABLE": audit.table_name,
        "LAKE_BUCKET": lake.bucket_name,
        "ONLINE_TABLE": online.table_name,
        **job.settings(wiring),
    }
    steps = {name: Handler(scope, f"Features{name.capitalize()}", wiring=wiring, entry=f"features.{name}",
                           environment=environment) for name in ("plan", "finish")}  # fmt: skip
    for step in steps.values():
        access.read_items(step.role, catalog)
        access.write_items(step.role, audit)
    access.read_objects(steps["plan"].role, lake, "snapshots/")
    access.write_items(steps["finish"].role, catalog)
    access.write_objects(steps["plan"].role, lake, _REQUESTS, "snapshots/")
    workflow = Workflow(
        scope, "Features", wiring=wiring, name="features", calls=list(steps.values()),
        definition=features.definition(
            **{name: step.function.function_arn for name, step in steps.items()},
            bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
        ),
    )  # fmt: skip
    workflow.run_jobs("processing", roles=[job.role])
    workflow.start_on("DatasetReady", bus=wiring.bus, source="penstock.onboarding", types=["Dataset Ready"])
    return workflow
