"""Governance: registration of use cases, approvals, SageMaker's packages and the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations

from stacks import access
from stacks.auditing import add_auditing
from stacks.functions import Handler, Size
from stacks.wiring import PERSONAS, Wiring
from stacks.workflows import approval
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_TABLES = ("catalog", "features", "models", "approvals", "audit")
_APPROVERS = ("approver", "owner")
_HASHING = ("open_approval", "close_approval")
_NAMED = "Groups are named after use cases, packages after their groups."


class Governance(Stack):
    """The approval workflow, what people ask of it, and who may.

    Attributes
    ----------
    workflow
        The workflow; None when the production module is off.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        """Create the resources."""
        super().__init__(scope, id, description="Penstock: use cases, approvals and the audit trail")
        self._wiring = Wiring(self, settings)
        self._tables = {name: self._wiring.table(name) for name in _TABLES}
        self.auditing = add_auditing(self, wiring=self._wiring)
        self._ask("register_use_case", self._register(), "scientist")
        self.workflow: Workflow | None = None
        if "production" in settings.modules:
            self.workflow = self._workflow()
            # All may try to decide: the segregation of duties is checked, and the attempt audited, inside.
            self._ask("decide_approval", self._decider("DecideApproval", "decide_approval"), *PERSONAS)
            self._ask(
                "delegate_approval", self._decider("DelegateApproval", "delegate_approval"), *_APPROVERS
            )
            self._ask("name_version", self._namer(), "scientist", *_APPROVERS)
            self._follow()
            self._may_review()

    def _ask(self, name: str, handler: Handler, *personas: str) -> None:
        """Publish a function, and let people call it."""
        self._wiring.publish(f"functions/{name}", handler.function.function_name)
        for persona in personas:
            access.allow(
                self._wiring.persona(persona), ["lambda:InvokeFunction"], [handler.function.function_arn]
            )

    def _handler(self, id: str, entry: str, *written: str) -> Handler:
        environment = {f"{name.upper()}_TABLE": table.table_name for name, table in self._tables.items()}
        environment["ARTIFACTS_BUCKET"] = self._wiring.bucket("artifacts").bucket_name
        size = Size(memory=1024, timeout=300, disk=2048) if entry in _HASHING else None
        handler = Handler(
            self, id, wiring=self._wiring, entry=f"governance.{entry}", environment=environment, size=size
        )
        access.read_items(handler.role, *self._tables.values())
        if written:
            access.write_items(handler.role, *(self._tables[name] for name in written))
        if entry in _HASHING:
            access.read_objects(handler.role, self._wiring.bucket("artifacts"), "runs/")
        return handler

    def _register(self) -> Handler:
        handler = self._handler("RegisterUseCase", "register_use_case", "catalog", "audit", "features")
        access.allow(handler.role, ["dynamodb:DeleteItem"], [self._tables["catalog"].table_arn])
        handler.function.add_environment("BUS_NAME", self._wiring.bus.event_bus_name)
        access.allow(handler.role, ["events:PutEvents"], [self._wiring.bus.event_bus_arn])
        group = self._wiring.arn("sagemaker", "model-package-group/penstock-*")
        access.allow(handler.role, ["sagemaker:CreateModelPackageGroup"], [group], because=_NAMED)
        access.allow(handler.role, ["sagemaker:ListModelPackageGroups"], ["*"],
                     because="Listing knows no resources.")  # fmt: skip
        return handler

    def _decider(self, id: str, entry: str) -> Handler:
        """Make a function that knows who is an approver, and tells the workflow what was decided."""
        handler = self._handler(id, entry, "approvals", "audit")
        access.allow(handler.role, ["dynamodb:DeleteItem"], [self._tables["approvals"].table_arn])
        handler.function.add_environment("APPROVER_ROLE", self._wiring.value("roles/approver"))
        handler.function.add_environment("OWNER_ROLE", self._wiring.value("roles/owner"))
        assert self.workflow is not None  # noqa: S101
        access.allow(handler.role, ["states:SendTaskSuccess"], [self.workflow.machine.state_machine_arn])
        return handler

    def _namer(self) -> Handler:
        handler = self._handler("NameVersion", "name_version", "models", "audit")
        access.allow(handler.role, ["dynamodb:DeleteItem"], [self._tables["models"].table_arn])
        return handler

    def _follow(self) -> None:
        """Make the function that takes changes in SageMaker over, or undoes them."""
        wiring, handler = self._wiring, self._decider("FollowPackage", "follow_package")
        packages = wiring.arn("sagemaker", "model-package/penstock-*")
        allowed = ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"]
        access.allow(handler.role, allowed, [packages], because=_NAMED)
        handler.function.add_environment("BUS_NAME", wiring.bus.event_bus_name)
        access.allow(handler.role, ["events:PutEvents"], [wiring.bus.event_bus_arn])
        handler.function.configure_async_invoke(
            retry_attempts=2, max_event_age=Duration.hours(6),
            on_failure=destinations.SqsDestination(wiring.dead_letters),
        )  # fmt: skip
        events.Rule(
            self, "PackageChanged",
            event_pattern=events.EventPattern(
                source=["aws.sagemaker"], detail_type=["SageMaker Model Package State Change"],
                detail={"ModelPackageGroupName": events.Match.prefix("penstock-")},
            ),
            targets=[targets.LambdaFunction(
                handler.function, dead_letter_queue=wiring.dead_letters, retry_attempts=8,
                max_event_age=Duration.hours(24),
            )],
        )  # fmt: skip

    def _may_review(self) -> None:
        """Let people read model cards, and those who approve follow a single prediction."""
        artifacts = self._wiring.bucket("artifacts")
        for persona in PERSONAS:
            places = ("cards/", "capture/") if persona in _APPROVERS else ("cards/",)
            access.read_objects(self._wiring.persona(persona), artifacts, *places)

    def _workflow(self) -> Workflow:
        wiring = self._wiring
        steps = {
            "open_": self._handler("OpenApproval", "open_approval", "models", "audit"),
            "ask": self._handler("AskApproval", "ask_approval", "approvals", "audit"),
            "watch": self._handler("WatchApproval", "watch_approval", "approvals", "audit"),
            "close": self._handler("CloseApproval", "close_approval", "models", "audit"),
        }
        access.write_objects(steps["open_"].role, wiring.bucket("artifacts"), "cards/")
        access.allow(steps["watch"].role, ["dynamodb:DeleteItem"], [self._tables["approvals"].table_arn])
        machine = wiring.arn("states", "stateMachine:ApprovalMachine*")
        access.allow(steps["ask"].role, ["states:SendTaskSuccess"], [machine],
                     because="The workflow, which needs the function to be there first.")  # fmt: skip
        workflow = Workflow(
            self, "Approval", wiring=wiring, name="approval", calls=list(steps.values()),
            definition=approval.definition(
                **{name: step.function.function_arn for name, step in steps.items()},
                bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
            ),
        )  # fmt: skip
        packages = wiring.arn("sagemaker", "model-package/penstock-*")
        access.allow(workflow.role, ["sagemaker:UpdateModelPackage"], [packages], because=_NAMED)
        workflow.start_on(
            "ModelRegistered", bus=wiring.bus, source="penstock.training", types=["Model Registered"]
        )
        return workflow
