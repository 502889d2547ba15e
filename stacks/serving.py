"""Serving: the deployment workflow, from an approved version to a live endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from stacks import access
from stacks.functions import Handler
from stacks.jobs import JobRole
from stacks.wiring import PERSONAS, Wiring
from stacks.workflows import deployment
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_OURS = "penstock-*"
_NAMED = "Models, endpoints and alarms are named after use cases."
_LISTING = "Lists of alarms know no resources."


class Serving(Stack):
    """The deployment workflow with its functions and the role of endpoints.

    Attributes
    ----------
    workflow
        The workflow.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        """Create the resources."""
        super().__init__(scope, id, description="Penstock: smoke test, endpoints, canary and rollback")
        wiring = self._wiring = Wiring(self, settings)
        artifacts = wiring.bucket("artifacts")
        self.endpoint_role = JobRole(self, "Endpoint", wiring=wiring)
        access.read_objects(self.endpoint_role.role, artifacts, "runs/", "deployments/")
        access.write_objects(self.endpoint_role.role, artifacts, "capture/", "deployments/")
        access.allow(self.endpoint_role.role, ["dynamodb:BatchGetItem"], [wiring.table("online").table_arn])
        # SageMaker looks at the alarms of a rollout with the endpoint's own role.
        access.allow(self.endpoint_role.role, ["cloudwatch:DescribeAlarms"], ["*"], because=_LISTING)
        names = ("catalog", "models", "audit")
        environment = {f"{name.upper()}_TABLE": wiring.table(name).table_name for name in names} | {
            "ARTIFACTS_BUCKET": artifacts.bucket_name, "POLL_SECONDS": str(settings.poll_seconds),
            "ONLINE_TABLE": wiring.table("online").table_name,
            **self.endpoint_role.settings(wiring),
        }  # fmt: skip
        steps = {name: Handler(self, f"Serving{name.capitalize()}", wiring=wiring, entry=f"serving.{name}",
                               environment=environment) for name in ("plan", "complete", "fail")}  # fmt: skip
        for step in steps.values():
            access.read_items(step.role, wiring.table("catalog"))
            access.write_items(step.role, wiring.table("models"), wiring.table("audit"))
        access.write_items(steps["complete"].role, wiring.table("catalog"))
        access.write_objects(steps["plan"].role, artifacts, "deployments/")
        access.read_objects(steps["plan"].role, artifacts, "runs/")
        access.allow(
            steps["plan"].role,
            ["sagemaker:DescribeEndpoint"],
            [wiring.arn("sagemaker", f"endpoint/{_OURS}")],
            because=_NAMED,
        )
        self.workflow = Workflow(
            self, "Deployment", wiring=wiring, name="deployment", calls=list(steps.values()),
            definition=deployment.definition(
                **{name: step.function.function_arn for name, step in steps.items()},
                bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
            ),
        )  # fmt: skip
        self._let_deploy()
        self._request()
        for persona in PERSONAS:
            self._may_use(persona)

    def _let_deploy(self) -> None:
        workflow, wiring = self.workflow, self._wiring
        workflow.run_jobs("processing", roles=[self.endpoint_role.role])
        things = [
            wiring.arn("sagemaker", f"{kind}/{_OURS}") for kind in ("model", "endpoint-config", "endpoint")
        ]
        access.allow(
            workflow.role,
            ["sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "sagemaker:CreateEndpoint",
             "sagemaker:UpdateEndpoint", "sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint",
             "sagemaker:AddTags"], things, because=_NAMED,
        )  # fmt: skip
        access.allow(
            workflow.role,
            ["cloudwatch:PutMetricAlarm", "cloudwatch:SetAlarmState"],
            [wiring.arn("cloudwatch", f"alarm:{_OURS}")],
            because=_NAMED,
        )
        access.allow(workflow.role, ["cloudwatch:DescribeAlarms"], ["*"], because=_LISTING)
        access.allow(workflow.role, ["kms:CreateGrant", "kms:DescribeKey"], [wiring.key.key_arn])
        access.read_objects(workflow.role, wiring.bucket("artifacts"), "runs/")
        workflow.start_on(
            "ModelApproved", bus=wiring.bus, source="penstock.governance", types=["Model Approved"]
        )

    def _request(self) -> None:
        """Make the function by which a person asks for a deployment."""
        arn = self.workflow.machine.state_machine_arn
        request = Handler(self, "RequestDeployment", wiring=self._wiring, entry="serving.request",
                          environment={"WORKFLOW": arn})  # fmt: skip
        access.allow(request.role, ["states:StartExecution"], [arn])
        access.allow(
            self._wiring.persona("scientist"), ["lambda:InvokeFunction"], [request.function.function_arn]
        )
        self._wiring.publish("functions/request_deployment", request.function.function_name)

    def _may_use(self, persona: str) -> None:
        endpoint, role = self._wiring.arn("sagemaker", f"endpoint/{_OURS}"), self._wiring.persona(persona)
        access.allow(role, ["sagemaker:DescribeEndpoint"], [endpoint], because=_NAMED)
        if persona == "scientist":
            access.allow(role, ["sagemaker:InvokeEndpoint"], [endpoint], because=_NAMED)
