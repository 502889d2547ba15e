"""Governance: registration of use cases, approvals, SageMaker's packages and the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from stacks import access, registry
from stacks.auditing import add_auditing
from stacks.functions import Handler, Size
from stacks.wiring import PERSONAS, Wiring
from stacks.workflows import approval
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_TABLES = ("catalog", "features", "models", "approvals", "audit")
_HASHING = ("open_approval", "close_approval")


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
        self._keep_cards()
        self.workflow: Workflow | None = None
        if "production" in settings.modules:
            self.workflow = self._workflow()
            # All may try to decide: the segregation of duties is checked, and the attempt audited, inside.
            self._ask("decide_approval", self._decider("DecideApproval", "decide_approval"), *PERSONAS)
            self._ask(
                "delegate_approval",
                self._decider("DelegateApproval", "delegate_approval"),
                *registry.APPROVERS,
            )
            self._ask("name_version", self._namer(), "scientist", *registry.APPROVERS)
            self._ask("review_version", self._reviewer(), *registry.APPROVERS)
            self._follow()
            self._may_review()

    def _ask(self, name: str, handler: Handler, *personas: str) -> None:
        """Publish a function, and let people call it."""
        self._wiring.publish(f"functions/{name}", handler.function.function_name)
        for persona in personas:
            access.allow(
                self._wiring.persona(persona), ["lambda:InvokeFunction"], [handler.function.function_arn]
            )

    def _handler(self, id: str, entry: str, *written: str, size: Size | None = None) -> Handler:
        environment = {f"{name.upper()}_TABLE": table.table_name for name, table in self._tables.items()}
        environment["ARTIFACTS_BUCKET"] = self._wiring.bucket("artifacts").bucket_name
        size = Size(memory=1024, timeout=300, disk=2048) if entry in _HASHING else size
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
        access.allow(handler.role, ["sagemaker:CreateModelPackageGroup"], [group], because=registry.NAMED)
        access.allow(handler.role, ["sagemaker:ListModelPackageGroups"], ["*"],
                     because="Listing knows no resources.")  # fmt: skip
        return handler

    def _decider(self, id: str, entry: str, *, size: Size | None = None) -> Handler:
        """Make a function that knows who is an approver, and tells the workflow what was decided."""
        handler = self._handler(id, entry, "approvals", "audit", size=size)
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

    def _reviewer(self) -> Handler:
        handler = self._handler("ReviewVersion", "review_version", "models", "audit")
        handler.function.add_environment("APPROVER_ROLE", self._wiring.value("roles/approver"))
        handler.function.add_environment("OWNER_ROLE", self._wiring.value("roles/owner"))
        return handler

    def _keep_cards(self) -> None:
        """Make the function that keeps SageMaker's model cards."""
        keeper = self._handler("KeepCard", "keep_card")
        registry.keep_cards(self, keeper, wiring=self._wiring)

    def _follow(self) -> None:
        """Make the functions that take changes in SageMaker over, or undo them."""
        follow = self._decider("FollowPackage", "follow_package")
        sweep = self._decider("SweepModels", "sweep_models", size=Size(timeout=900))
        sweep.function.add_environment("TOPIC_ARN", self._wiring.topic.topic_arn)
        access.allow(sweep.role, ["sns:Publish"], [self._wiring.topic.topic_arn])
        registry.follow_packages(self, follow, sweep, wiring=self._wiring)
        registry.let_people_in(wiring=self._wiring)

    def _may_review(self) -> None:
        """Let people read model cards, and those who approve follow a single prediction."""
        artifacts = self._wiring.bucket("artifacts")
        for persona in PERSONAS:
            places = ("cards/", "capture/") if persona in registry.APPROVERS else ("cards/",)
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
        access.allow(workflow.role, ["sagemaker:UpdateModelPackage"], [packages], because=registry.NAMED)
        workflow.start_on(
            "ModelRegistered", bus=wiring.bus, source="penstock.training", types=["Model Registered"]
        )
        return workflow
