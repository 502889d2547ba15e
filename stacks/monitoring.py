"""Monitoring: live traffic checked on schedule, the retraining policy, and explanations of traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets

from stacks import access
from stacks.explanations import add_explanations
from stacks.functions import Handler
from stacks.jobs import JobRole
from stacks.wiring import Wiring
from stacks.workflows import monitoring, retraining
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_TABLES = ("catalog", "models", "experiments", "monitoring", "audit")


class Monitoring(Stack):
    """The monitoring and retraining workflows with their functions and jobs.

    Attributes
    ----------
    workflow, retraining, explanations
        The workflows.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        """Create the resources."""
        super().__init__(scope, id, description="Penstock: drift, and what is done about it")
        self._wiring = Wiring(self, settings)
        self.workflow = self._monitoring(settings)
        self.retraining = self._retraining()
        self.explanations = add_explanations(self, wiring=self._wiring)

    def _environment(self) -> dict[str, str]:
        return {f"{name.upper()}_TABLE": self._wiring.table(name).table_name for name in _TABLES} | {
            "ARTIFACTS_BUCKET": self._wiring.bucket("artifacts").bucket_name
        }

    def _handler(self, id: str, entry: str, environment: dict[str, str]) -> Handler:
        handler = Handler(self, id, wiring=self._wiring, entry=f"monitoring.{entry}", environment=environment)
        access.read_items(handler.role, *(self._wiring.table(name) for name in _TABLES))
        access.write_items(handler.role, self._wiring.table("monitoring"), self._wiring.table("audit"))
        return handler

    def _monitoring(self, settings: Settings) -> Workflow:
        wiring = self._wiring
        artifacts = wiring.bucket("artifacts")
        job = JobRole(self, "MonitoringJob", wiring=wiring)
        access.read_objects(job.role, artifacts, "capture/", "runs/", "monitoring/")
        access.write_objects(job.role, artifacts, "monitoring/")
        environment = self._environment() | job.settings(wiring)
        plan, publish = (
            self._handler("Plan", "plan", environment),
            self._handler("Publish", "publish", environment),
        )
        access.read_objects(plan.role, artifacts, "capture/")
        access.write_objects(plan.role, artifacts, "monitoring/")
        access.read_objects(publish.role, artifacts, "monitoring/")
        access.allow(
            publish.role, ["cloudwatch:PutMetricData"], ["*"], because="PutMetricData knows no resources."
        )
        workflow = Workflow(
            self, "Monitoring", wiring=wiring, name="monitoring", calls=[plan, publish],
            definition=monitoring.definition(
                plan=plan.function.function_arn, publish=publish.function.function_arn,
                bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
            ),
        )  # fmt: skip
        workflow.run_jobs("processing", roles=[job.role])
        scheduler.Schedule(
            self,
            "Schedule",
            description="Check live endpoints",
            schedule=scheduler.ScheduleExpression.rate(Duration.minutes(settings.monitoring_minutes)),
            target=targets.StepFunctionsStartExecution(
                workflow.machine, input=scheduler.ScheduleTargetInput.from_object({})
            ),
        )
        scientist = wiring.persona("scientist")
        access.allow(scientist, ["states:StartExecution"], [workflow.machine.state_machine_arn])
        return workflow

    def _retraining(self) -> Workflow:
        wiring, training = self._wiring, self._wiring.value("workflows/training")
        decide = self._handler("Decide", "decide_retraining", self._environment())
        workflow = Workflow(
            self, "Retraining", wiring=wiring, name="retraining", calls=[decide],
            definition=retraining.definition(
                decide=decide.function.function_arn, training=training, topic=wiring.topic.topic_arn
            ),
        )  # fmt: skip
        access.allow(workflow.role, ["states:StartExecution"], [training])
        workflow.start_on(
            "DriftDetected", bus=wiring.bus, source="penstock.monitoring", types=["Drift Detected"]
        )
        return workflow
