"""Features in the data stack: functions, job and workflows that materialise feature views."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam

from stacks import access
from stacks.functions import Handler, Size
from stacks.jobs import JobRole
from stacks.wiring import PERSONAS
from stacks.workflows import backfill, features
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secrets
    from constructs import Construct

    from stacks.wiring import Wiring

_REQUESTS, _STORE = "requests/features/", "features/"
_SIZES = {
    "plan": Size(memory=1024),
    "finish": Size(memory=1024, timeout=300),
    "plan_backfill": Size(memory=1024),
}
_TABLES = ("catalog", "features", "models", "audit")
_NAMED = "Executions of one workflow; they are named when they start."


class Materialisation(NamedTuple):
    """What the data stack has of features: two workflows with the same job and last step."""

    features: Workflow
    backfill: Workflow


def add_features(scope: Construct, *, wiring: Wiring, secret: secrets.Secret) -> Materialisation:
    """Add the workflows that materialise feature views to the data stack.

    Parameters
    ----------
    secret
        Key of the keyed hash by which erased entities are known.
    """
    job = _job(scope, wiring, secret)
    steps = _steps(scope, wiring, job, secret)
    arns = {name: step.function.function_arn for name, step in steps.items()}
    purge = _purge(scope, wiring)
    told = {"bus": wiring.bus.event_bus_name, "topic": wiring.topic.topic_arn}
    workflow = Workflow(
        scope, "Features", wiring=wiring, name="features", calls=[steps["plan"], steps["finish"], purge],
        definition=features.definition(
            plan=arns["plan"], finish=arns["finish"], purge=purge.function.function_arn, **told
        ),
    )  # fmt: skip
    parted = Workflow(
        scope, "Backfill", wiring=wiring, name="backfill",
        calls=[steps["plan_backfill"], steps["finish"], purge],
        definition=backfill.definition(
            plan=arns["plan_backfill"], finish=arns["finish"], purge=purge.function.function_arn, **told
        ),
    )  # fmt: skip
    for one in (workflow, parted):
        one.run_jobs("processing", roles=[job.role])
    parted.run_children()
    access.read_objects(parted.role, wiring.bucket("lake"), _REQUESTS)
    workflow.start_on("DatasetReady", bus=wiring.bus, source="penstock.onboarding", types=["Dataset Ready"])
    workflow.start_on("FeaturesDue", bus=wiring.bus, source="penstock.features", types=["Features Due"])
    made = Materialisation(workflow, parted)
    _requests(scope, wiring, made)
    _schedules(scope, wiring, workflow)
    _stewardship(scope, wiring)
    _reading(scope, wiring)
    return made


def _job(scope: Construct, wiring: Wiring, secret: secrets.Secret) -> JobRole:
    """Make the role of the job, which writes to the lake and the online store itself."""
    lake, online = wiring.bucket("lake"), wiring.table("online")
    job = JobRole(scope, "FeaturesJob", wiring=wiring)
    access.read_objects(job.role, lake, "curated/", "snapshots/", _REQUESTS, _STORE)
    access.write_objects(job.role, lake, _STORE)
    access.allow(job.role, ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
                 [online.table_arn])  # fmt: skip
    access.allow(job.role, ["secretsmanager:GetSecretValue"], [secret.secret_arn])
    return job


def _steps(scope: Construct, wiring: Wiring, job: JobRole, secret: secrets.Secret) -> dict[str, Handler]:
    """Make the functions of both workflows."""
    lake = wiring.bucket("lake")
    environment = _environment(wiring, *_TABLES, "online") | {
        "LAKE_BUCKET": lake.bucket_name, "GLUE_DATABASE": f"penstock_{wiring.settings.environment}",
        "HASH_KEY_SECRET": secret.secret_arn, **job.settings(wiring),
    }  # fmt: skip
    steps = {
        name: Handler(
            scope, f"Features{_title(name)}", wiring=wiring, entry=f"features.{name}",
            environment=environment, size=size,
        )
        for name, size in _SIZES.items()
    }  # fmt: skip
    for step in steps.values():
        access.read_items(step.role, wiring.table("catalog"), wiring.table("models"))
        access.write_items(step.role, wiring.table("features"))
        access.read_objects(step.role, lake, "snapshots/", _REQUESTS, _STORE)
    for name in ("plan", "plan_backfill"):
        access.write_objects(steps[name].role, lake, _REQUESTS, "snapshots/")
    access.write_items(steps["finish"].role, wiring.table("catalog"), wiring.table("audit"))
    database = f"penstock_{wiring.settings.environment}"
    tables = [wiring.arn("glue", name) for name in ("catalog", f"database/{database}", f"table/{database}/*")]
    access.allow(
        steps["finish"].role, ["glue:CreateTable", "glue:BatchCreatePartition"], tables,
        because="Tables are named after the feature views of use cases.",
    )  # fmt: skip
    return steps


def _purge(scope: Construct, wiring: Wiring) -> Handler:
    """Make the function that removes features of rows that were removed."""
    lake = wiring.bucket("lake")
    environment = _environment(wiring, "catalog", "features", "audit") | {"LAKE_BUCKET": lake.bucket_name}
    handler = Handler(scope, "FeaturesPurge", wiring=wiring, entry="features.purge", environment=environment,
                      size=Size(memory=1024, timeout=900))  # fmt: skip
    access.read_items(handler.role, wiring.table("catalog"))
    access.write_items(handler.role, wiring.table("features"), wiring.table("audit"))
    access.read_objects(handler.role, lake, _STORE)
    access.erase_objects(handler.role, lake, _STORE)
    return handler


def _requests(scope: Construct, wiring: Wiring, made: Materialisation) -> None:
    """Make the function by which people ask for a view, all of it or a range."""
    machines = [one.machine.state_machine_arn for one in made]
    environment = _environment(wiring, "catalog", "features", "audit") | {
        "FEATURES_WORKFLOW": machines[0], "BACKFILL_WORKFLOW": machines[1],
    }  # fmt: skip
    handler = Handler(
        scope, "RequestFeatures", wiring=wiring, entry="features.request", environment=environment
    )
    access.read_items(handler.role, wiring.table("catalog"), wiring.table("features"))
    access.write_items(handler.role, wiring.table("audit"))
    access.allow(handler.role, ["states:StartExecution"], machines)
    wiring.publish("functions/request_features", handler.function.function_name)
    access.allow(wiring.persona("scientist"), ["lambda:InvokeFunction"], [handler.function.function_arn])


def _schedules(scope: Construct, wiring: Wiring, workflow: Workflow) -> None:
    """Make the function that keeps views' schedules, and the role under which they start the workflow."""
    group = f"penstock-{wiring.settings.environment}"
    role = iam.Role(scope, "FeaturesScheduleRole", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
    access.allow(role, ["states:StartExecution"], [workflow.machine.state_machine_arn])
    environment = _environment(wiring, "catalog", "features") | {
        "SCHEDULE_GROUP": group, "SCHEDULE_ROLE": role.role_arn,
        "SCHEDULED_WORKFLOW": workflow.machine.state_machine_arn,
    }  # fmt: skip
    handler = Handler(
        scope, "PlanFeatureSchedules", wiring=wiring, entry="features.plan_schedules", environment=environment
    )
    access.read_items(handler.role, wiring.table("catalog"))
    access.write_items(handler.role, wiring.table("features"))
    access.allow(handler.role, ["dynamodb:DeleteItem"], [wiring.table("features").table_arn])
    change = ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"]
    access.allow(handler.role, change, [wiring.arn("scheduler", f"schedule/{group}/*")],
                 because="Schedules of one group; they are named after feature views.")  # fmt: skip
    access.pass_role(handler.role, [role.role_arn], to="scheduler.amazonaws.com")
    events.Rule(
        scope, "FeaturesChanged", event_bus=wiring.bus,
        event_pattern=events.EventPattern(
            source=["penstock.governance", "penstock.features"],
            detail_type=["Use Case Registered", "Features Due", "Feature Changed"],
        ),
        targets=[
            targets.LambdaFunction(
                handler.function, dead_letter_queue=wiring.dead_letters, retry_attempts=8,
                max_event_age=Duration.hours(24),
            )
        ],
    )  # fmt: skip


def _stewardship(scope: Construct, wiring: Wiring) -> None:
    """Make the function by which people decide on definitions. Who may is checked, and audited, inside."""
    environment = _environment(wiring, *_TABLES) | {
        "BUS_NAME": wiring.bus.event_bus_name, "APPROVER_ROLE": wiring.value("roles/approver")
    }  # fmt: skip
    handler = Handler(
        scope, "StewardFeature", wiring=wiring, entry="features.steward", environment=environment
    )
    access.read_items(handler.role, wiring.table("catalog"), wiring.table("models"))
    access.write_items(handler.role, wiring.table("features"), wiring.table("audit"))
    access.allow(handler.role, ["events:PutEvents"], [wiring.bus.event_bus_arn])
    _may_call(wiring, "steward_feature", handler)


def _reading(scope: Construct, wiring: Wiring) -> None:
    """Make the function that reads features for applications and people."""
    handler = Handler(
        scope, "GetFeatures", wiring=wiring, entry="features.get_features", size=Size(memory=1024),
        environment=_environment(wiring, "catalog", "features", "online"),
    )  # fmt: skip
    access.read_items(handler.role, wiring.table("catalog"), wiring.table("features"))
    access.allow(handler.role, ["dynamodb:BatchGetItem"], [wiring.table("online").table_arn])
    wiring.publish("functions/get_features", handler.function.function_name)
    access.allow(wiring.persona("scientist"), ["lambda:InvokeFunction"], [handler.function.function_arn])


def _may_call(wiring: Wiring, name: str, handler: Handler) -> None:
    """Let people of both kinds call a function, which checks inside who they are."""
    wiring.publish(f"functions/{name}", handler.function.function_name)
    for persona in PERSONAS:
        access.allow(wiring.persona(persona), ["lambda:InvokeFunction"], [handler.function.function_arn])


def _environment(wiring: Wiring, *tables: str) -> dict[str, str]:
    """Return the settings that name tables."""
    return {f"{name.upper()}_TABLE": wiring.table(name).table_name for name in tables}


def _title(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
