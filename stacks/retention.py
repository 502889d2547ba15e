"""Retention in the data stack: the one role that may delete, and what people ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets

from stacks import access
from stacks.functions import Handler, Size
from stacks.workflows import retention
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.wiring import Wiring

_ERASED = ("curated/", "quarantine/", "refused/", "requests/onboard/", "reports/", "current/")
_SIZES = {
    "plan": Size(timeout=300),
    "remove": Size(memory=2048, timeout=900, disk=4096),
    "hold": Size(),
    "release": Size(),
}


def add_retention(scope: Construct, *, wiring: Wiring, features: Workflow) -> Workflow:
    """Add retention to the data stack.

    Parameters
    ----------
    features
        The workflow that makes features again when a dataset has lost rows.
    """
    environment = {
        "CATALOG_TABLE": wiring.table("catalog").table_name,
        "AUDIT_TABLE": wiring.table("audit").table_name,
        "LANDING_BUCKET": wiring.bucket("landing").bucket_name,
        "LAKE_BUCKET": wiring.bucket("lake").bucket_name,
        "GLUE_DATABASE": f"penstock_{wiring.settings.environment}",
        "APPROVER_ROLE": wiring.value("roles/approver"),
    }
    steps = {
        name: Handler(
            scope, f"Retention{name.capitalize()}", wiring=wiring, entry=f"retention.{name}",
            environment=environment, size=size,
        )
        for name, size in _SIZES.items()
    }  # fmt: skip
    access.read_items(steps["plan"].role, wiring.table("catalog"))
    for name in ("remove", "hold", "release"):
        access.write_items(steps[name].role, wiring.table("catalog"), wiring.table("audit"))
    _may_remove(steps["remove"], wiring)
    for name in ("hold", "release"):
        _may_ask(steps[name], f"{name}_dataset", wiring)
    workflow = Workflow(
        scope, "Retention", wiring=wiring, name="retention", calls=[steps["plan"], steps["remove"]],
        definition=retention.definition(
            plan=steps["plan"].function.function_arn, remove=steps["remove"].function.function_arn,
            bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
        ),
    )  # fmt: skip
    scheduler.Schedule(
        scope, "RetentionSchedule", description="Remove data whose time is over",
        schedule=scheduler.ScheduleExpression.cron(hour="2", minute="30"),
        target=targets.StepFunctionsStartExecution(
            workflow.machine, input=scheduler.ScheduleTargetInput.from_object({})
        ),
    )  # fmt: skip
    features.start_on("DataRemoved", bus=wiring.bus, source="penstock.catalog", types=["Data Removed"])
    return workflow


def _may_remove(step: Handler, wiring: Wiring) -> None:
    """Let one function, and no other, delete data with all their versions."""
    landing, lake = wiring.bucket("landing"), wiring.bucket("lake")
    access.erase_objects(step.role, landing, "")
    access.read_objects(step.role, landing, "")
    access.erase_objects(step.role, lake, *_ERASED)
    access.read_objects(step.role, lake, "reports/", "curated/", "current/")
    access.write_objects(step.role, lake, "reports/", "snapshots/", "current/")
    database = f"penstock_{wiring.settings.environment}"
    tables = [wiring.arn("glue", name) for name in ("catalog", f"database/{database}", f"table/{database}/*")]
    access.allow(
        step.role, ["glue:DeletePartition", "glue:CreateTable", "glue:UpdateTable"], tables,
        because="Tables are named after the datasets of use cases.",
    )  # fmt: skip


def _may_ask(step: Handler, name: str, wiring: Wiring) -> None:
    """Let people call a function, which checks inside who they are."""
    wiring.publish(f"functions/{name}", step.function.function_name)
    for persona in ("scientist", "approver"):
        access.allow(wiring.persona(persona), ["lambda:InvokeFunction"], [step.function.function_arn])
