"""The construct of a state machine: definition, role, log, tracing, and what starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks import access
from stacks.functions import RETENTION, Handler
from stacks.wiring import PERSONAS

if TYPE_CHECKING:
    from stacks.wiring import Wiring
    from stacks.workflows.states import State

_WATCH = ("events:PutTargets", "events:PutRule", "events:DescribeRule")


class Workflow(Construct):
    """A state machine with a role of its own, published as ``workflows/<name>``.

    Attributes
    ----------
    machine, role
        Children, for grants and triggers.
    """

    def __init__(
        self, scope: Construct, id: str, *, wiring: Wiring, name: str, definition: State, calls: list[Handler]
    ) -> None:
        """Create the state machine and let it call its functions, bus and topic."""
        super().__init__(scope, id)
        self._wiring = wiring
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        log = logs.LogGroup(
            self,
            "Log",
            retention=RETENTION[wiring.settings.log_retention_days],
            removal_policy=RemovalPolicy.DESTROY,
            encryption_key=wiring.key,
        )
        self.machine = sfn.StateMachine(
            self, "Machine", role=self.role, tracing_enabled=True,
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(definition)),
            logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ALL, include_execution_data=False),
        )  # fmt: skip
        access.allow(
            self.role, ["lambda:InvokeFunction"], [handler.function.function_arn for handler in calls]
        )
        access.allow(self.role, ["events:PutEvents"], [wiring.bus.event_bus_arn])
        access.allow(self.role, ["sns:Publish"], [wiring.topic.topic_arn])
        access.use_key(self.role, wiring.key)
        wiring.publish(f"workflows/{name}", self.machine.state_machine_arn)
        for persona in PERSONAS:
            self._may_watch(wiring.persona(persona))
        access.acknowledge_wildcards(self.role, ["*"], "Log delivery and X-Ray know no resources.")

    @property
    def executions(self) -> str:
        """The ARN of all its executions, for permissions."""
        return Stack.of(self).format_arn(
            service="states", resource="execution", resource_name=f"{self.machine.state_machine_name}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )  # fmt: skip

    def _may_watch(self, role: iam.IRole) -> None:
        """Let a persona follow the executions."""
        arn, executions = self.machine.state_machine_arn, self.executions
        access.allow(role, ["states:ListExecutions", "states:DescribeStateMachine"], [arn])
        access.allow(role, ["states:DescribeExecution", "states:GetExecutionHistory"], [executions],
                     because="Executions of one workflow; they are named when they start.")  # fmt: skip

    def run_jobs(self, *kinds: str, roles: list[iam.IRole]) -> None:
        """Let the workflow run SageMaker jobs to their end: ``processing``, ``training`` or ``tuning``."""
        for kind in kinds:
            title = "HyperParameterTuningJob" if kind == "tuning" else f"{kind.capitalize()}Job"
            name = "hyper-parameter-tuning" if kind == "tuning" else kind
            job = self._wiring.arn("sagemaker", f"{name}-job/*")
            access.allow(
                self.role,
                [
                    f"sagemaker:Create{title}",
                    f"sagemaker:Describe{title}",
                    f"sagemaker:Stop{title}",
                    "sagemaker:AddTags",
                ],
                [job],
                because="Jobs are named when they start; they get the one role that is passed.",
            )
            rule = self._wiring.arn(
                "events", f"rule/StepFunctionsGetEventsForSageMaker{kind.capitalize()}JobsRule"
            )
            access.allow(self.role, _WATCH, [rule])
        access.pass_role(self.role, [role.role_arn for role in roles])

    def run_children(self) -> None:
        """Let the workflow run the children of its distributed Map states.

        In a policy of its own: the state machine needs its role's policy, so that cannot need the machine.
        """
        policy = iam.Policy(self, "Children", roles=[self.role])
        policy.add_statements(
            iam.PolicyStatement(
                actions=["states:StartExecution"], resources=[self.machine.state_machine_arn]
            ),
            iam.PolicyStatement(
                actions=["states:DescribeExecution", "states:StopExecution"], resources=[self.children]
            ),
        )
        access.acknowledge_wildcards(policy, [self.children], "Children are named when they start.")

    @property
    def children(self) -> str:
        """The ARN of all executions of its map runs, for permissions."""
        return Stack.of(self).format_arn(
            service="states", resource="execution", resource_name=f"{self.machine.state_machine_name}/*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )  # fmt: skip

    def start_on(
        self, id: str, *, bus: events.IEventBus | None, source: str, types: list[str], **pattern: object
    ) -> None:
        """Start an execution for each event; what cannot be delivered goes to the dead letters."""
        events.Rule(
            self,
            id,
            event_bus=bus,
            event_pattern=events.EventPattern(source=[source], detail_type=types, **pattern),  # type: ignore[arg-type]
            targets=[
                targets.SfnStateMachine(
                    self.machine,
                    dead_letter_queue=self._wiring.dead_letters,
                    retry_attempts=8,
                    max_event_age=Duration.hours(24),
                )
            ],
        )
