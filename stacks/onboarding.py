"""Onboarding in the data stack: its functions, its job, its workflows, and what starts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler

from stacks import access
from stacks.functions import Handler, Size
from stacks.jobs import JobRole
from stacks.wiring import PERSONAS
from stacks.workflows import gathering, onboarding
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secrets
    from constructs import Construct

    from stacks.wiring import Wiring

_TABLES = (
    "glue:CreateTable", "glue:CreatePartition", "glue:DeletePartition", "glue:GetTable", "glue:UpdateTable",
)  # fmt: skip
_MEGABYTE = 1024 * 1024
_REQUESTS = "requests/onboard/"
_ENTRIES = {"turn": "await_turn"}
_SIZES = {
    "admit": Size(),
    "turn": Size(),
    "process": Size(memory=4096, timeout=900, disk=4096),
    "commit": Size(memory=2048, timeout=300, disk=4096),
    "refuse": Size(),
}


def add_onboarding(scope: Construct, *, wiring: Wiring, secret: secrets.Secret) -> Workflow:
    """Add onboarding to the data stack.

    Parameters
    ----------
    secret
        Key of the hash of personal columns.
    """
    settings = wiring.settings
    landing, lake, catalog, audit = (
        wiring.bucket("landing"),
        wiring.bucket("lake"),
        wiring.table("catalog"),
        wiring.table("audit"),
    )
    job = JobRole(scope, "OnboardingJob", wiring=wiring)
    access.read_objects(job.role, lake, _REQUESTS, "curated/", "snapshots/")
    access.write_objects(job.role, lake, "curated/", "quarantine/", "reports/")
    access.allow(job.role, ["secretsmanager:GetSecretValue"], [secret.secret_arn])
    environment = {
        "CATALOG_TABLE": catalog.table_name,
        "AUDIT_TABLE": audit.table_name,
        "LANDING_BUCKET": landing.bucket_name,
        "LAKE_BUCKET": lake.bucket_name,
        "GLUE_DATABASE": f"penstock_{settings.environment}",
        "HASH_KEY_SECRET": secret.secret_arn,
        "LARGE_BYTES": str(settings.large_file_megabytes * _MEGABYTE),
        **job.settings(wiring),
    }
    steps = {
        name: Handler(
            scope,
            f"Onboarding{name.capitalize()}",
            wiring=wiring,
            entry=f"onboarding.{_ENTRIES.get(name, name)}",
            environment=environment,
            size=size,
        )
        for name, size in _SIZES.items()
    }
    for step in steps.values():
        access.write_items(step.role, catalog, audit)
    access.read_objects(steps["admit"].role, landing, "")
    # Manifests of the reference data of large files' jobs.
    access.read_objects(steps["admit"].role, lake, "snapshots/", "reports/")
    access.write_objects(steps["admit"].role, lake, _REQUESTS, "snapshots/")
    for name in ("admit", "turn", "commit", "refuse"):
        access.allow(steps[name].role, ["dynamodb:DeleteItem"], [catalog.table_arn])
    access.read_objects(steps["process"].role, landing, "")
    access.read_objects(steps["process"].role, lake, "curated/", "reports/")
    access.write_objects(steps["process"].role, lake, "curated/", "quarantine/", "reports/")
    access.allow(steps["process"].role, ["secretsmanager:GetSecretValue"], [secret.secret_arn])
    access.read_objects(steps["commit"].role, lake, "curated/", "reports/", "current/")
    access.write_objects(steps["commit"].role, lake, "snapshots/", "current/")
    tables = [
        wiring.arn("glue", "catalog"),
        wiring.arn("glue", f"database/penstock_{settings.environment}"),
        wiring.arn("glue", f"table/penstock_{settings.environment}/*"),
    ]
    access.allow(steps["commit"].role,
                 _TABLES, tables,
                 because="Tables are named after the datasets of use cases.")  # fmt: skip
    access.read_objects(steps["refuse"].role, landing, "")
    access.write_objects(steps["refuse"].role, lake, "refused/")
    workflow = Workflow(
        scope, "Onboarding", wiring=wiring, name="onboarding", calls=list(steps.values()),
        definition=onboarding.definition(
            **{name: step.function.function_arn for name, step in steps.items()},
            bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
        ),
    )  # fmt: skip
    workflow.run_jobs("processing", roles=[job.role])
    workflow.start_on("Landed", bus=None, source="aws.s3", types=["Object Created"],
                      detail={"bucket": {"name": [landing.bucket_name]}})  # fmt: skip
    _wake(scope, workflow, steps)
    together = _gathering(scope, wiring, workflow)
    _stewardship(scope, wiring)
    _schedules(scope, wiring, together)
    return workflow


def _wake(scope: Construct, workflow: Workflow, steps: dict[str, Handler]) -> None:
    """Let functions tell waiting runs of the workflow to go on, and see whether one still runs.

    In a policy of its own: the workflow needs the functions, so the functions' own policies cannot need it.
    """
    for name in ("turn", "commit", "refuse"):
        policy = iam.Policy(scope, f"OnboardingWake{name.capitalize()}", roles=[steps[name].role])
        policy.add_statements(
            iam.PolicyStatement(
                actions=["states:SendTaskSuccess"], resources=[workflow.machine.state_machine_arn]
            )
        )
        if name == "turn":
            policy.add_statements(
                iam.PolicyStatement(actions=["states:DescribeExecution"], resources=[workflow.executions])
            )
            because = "Executions of one workflow; they are named when they start."
            access.acknowledge_wildcards(policy, [workflow.executions], because)


def _gathering(scope: Construct, wiring: Wiring, single: Workflow) -> Workflow:
    """Add the workflow that onboards what has waited, or is asked for again."""
    catalog = wiring.table("catalog")
    gather = Handler(scope, "OnboardingGather", wiring=wiring, entry="onboarding.gather",
                     environment={"CATALOG_TABLE": catalog.table_name})  # fmt: skip
    access.read_items(gather.role, catalog)
    access.allow(gather.role, ["dynamodb:DeleteItem"], [catalog.table_arn])
    workflow = Workflow(
        scope, "Gathering", wiring=wiring, name="gathering", calls=[gather],
        definition=gathering.definition(
            gather=gather.function.function_arn, onboarding=single.machine.state_machine_arn,
            bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
        ),
    )  # fmt: skip
    access.allow(workflow.role, ["states:StartExecution"], [single.machine.state_machine_arn])
    access.allow(workflow.role, ["states:DescribeExecution", "states:StopExecution"], [single.executions],
                 because="Executions of one workflow; they are named when they start.")  # fmt: skip
    rule = wiring.arn("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule")
    access.allow(workflow.role, ["events:PutTargets", "events:PutRule", "events:DescribeRule"], [rule])
    workflow.start_on("ArrivalsDue", bus=wiring.bus, source="penstock.onboarding", types=["Arrivals Due"])
    return workflow


def _stewardship(scope: Construct, wiring: Wiring) -> None:
    """Add what people ask: decisions on contracts, and replays. Who may is checked, and audited, inside."""
    catalog, audit = wiring.table("catalog"), wiring.table("audit")
    environment = {
        "CATALOG_TABLE": catalog.table_name,
        "AUDIT_TABLE": audit.table_name,
        "BUS_NAME": wiring.bus.event_bus_name,
        "APPROVER_ROLE": wiring.value("roles/approver"),
    }
    for name, id in (("decide_contract", "DecideContract"), ("replay_arrivals", "ReplayArrivals")):
        handler = Handler(scope, id, wiring=wiring, entry=f"onboarding.{name}", environment=environment)
        access.write_items(handler.role, catalog, audit)
        access.allow(handler.role, ["events:PutEvents"], [wiring.bus.event_bus_arn])
        wiring.publish(f"functions/{name}", handler.function.function_name)
        for persona in PERSONAS:
            access.allow(wiring.persona(persona), ["lambda:InvokeFunction"], [handler.function.function_arn])


def _schedules(scope: Construct, wiring: Wiring, workflow: Workflow) -> None:
    """Add the function that keeps datasets' schedules, and the role under which they start the workflow."""
    catalog = wiring.table("catalog")
    group = scheduler.ScheduleGroup(
        scope, "Schedules", schedule_group_name=f"penstock-{wiring.settings.environment}"
    )
    role = iam.Role(scope, "ScheduleRole", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
    access.allow(role, ["states:StartExecution"], [workflow.machine.state_machine_arn])
    handler = Handler(
        scope, "PlanSchedules", wiring=wiring, entry="onboarding.plan_schedules",
        environment={
            "CATALOG_TABLE": catalog.table_name, "SCHEDULE_GROUP": f"penstock-{wiring.settings.environment}",
            "SCHEDULED_WORKFLOW": workflow.machine.state_machine_arn, "SCHEDULE_ROLE": role.role_arn,
        },
    )  # fmt: skip
    handler.node.add_dependency(group)
    access.write_items(handler.role, catalog)
    access.allow(handler.role, ["dynamodb:DeleteItem"], [catalog.table_arn])
    schedules = wiring.arn("scheduler", f"schedule/penstock-{wiring.settings.environment}/*")
    change = ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"]
    access.allow(handler.role, change, [schedules],
                 because="Schedules of one group; they are named after datasets.")  # fmt: skip
    access.pass_role(handler.role, [role.role_arn], to="scheduler.amazonaws.com")
    events.Rule(
        scope, "ContractsChanged", event_bus=wiring.bus,
        event_pattern=events.EventPattern(
            source=["penstock.governance"], detail_type=["Use Case Registered"]
        ),
        targets=[
            targets.LambdaFunction(
                handler.function, dead_letter_queue=wiring.dead_letters, retry_attempts=8,
                max_event_age=Duration.hours(24),
            )
        ],
    )  # fmt: skip
