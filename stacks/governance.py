"""Governance: registration of use cases, and approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

from stacks import access
from stacks.functions import Handler
from stacks.wiring import Wiring
from stacks.workflows import approval
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_TABLES = ("catalog", "models", "approvals", "audit")
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
        super().__init__(scope, id, description="Penstock: use cases and approvals")
        self._wiring = Wiring(self, settings)
        self._tables = {name: self._wiring.table(name) for name in _TABLES}
        asked = {"register_use_case": self._register()}
        self.workflow: Workflow | None = None
        if "production" in settings.modules:
            self.workflow = self._workflow()
            asked["decide_approval"] = self._decide()
        for name, handler in asked.items():
            self._wiring.publish(f"functions/{name}", handler.function.function_name)
            # All may try to decide: the segregation of duties is checked, and the attempt audited, inside.
            access.allow(
                self._wiring.persona("scientist"), ["lambda:InvokeFunction"], [handler.function.function_arn]
            )
        if "decide_approval" in asked:
            decide = asked["decide_approval"].function.function_arn
            access.allow(self._wiring.persona("approver"), ["lambda:InvokeFunction"], [decide])

    def _handler(self, id: str, entry: str, *written: str) -> Handler:
        environment = {f"{name.upper()}_TABLE": table.table_name for name, table in self._tables.items()}
        handler = Handler(self, id, wiring=self._wiring, entry=f"governance.{entry}", environment=environment)
        access.read_items(handler.role, *self._tables.values())
        if written:
            access.write_items(handler.role, *(self._tables[name] for name in written))
        return handler

    def _register(self) -> Handler:
        handler = self._handler("RegisterUseCase", "register_use_case", "catalog", "audit")
        access.allow(handler.role, ["dynamodb:DeleteItem"], [self._tables["catalog"].table_arn])
        handler.function.add_environment("BUS_NAME", self._wiring.bus.event_bus_name)
        access.allow(handler.role, ["events:PutEvents"], [self._wiring.bus.event_bus_arn])
        group = self._wiring.arn("sagemaker", "model-package-group/penstock-*")
        access.allow(handler.role, ["sagemaker:CreateModelPackageGroup"], [group], because=_NAMED)
        access.allow(handler.role, ["sagemaker:ListModelPackageGroups"], ["*"],
                     because="Listing knows no resources.")  # fmt: skip
        return handler

    def _decide(self) -> Handler:
        handler = self._handler("DecideApproval", "decide_approval", "approvals", "audit")
        access.allow(handler.role, ["dynamodb:DeleteItem"], [self._tables["approvals"].table_arn])
        handler.function.add_environment("APPROVER_ROLE", self._wiring.value("roles/approver"))
        assert self.workflow is not None  # noqa: S101
        access.allow(handler.role, ["states:SendTaskSuccess"], [self.workflow.machine.state_machine_arn])
        return handler

    def _workflow(self) -> Workflow:
        wiring = self._wiring
        steps = {
            "open_": self._handler("OpenApproval", "open_approval"),
            "ask": self._handler("AskApproval", "ask_approval", "approvals", "audit"),
            "expire": self._handler("ExpireApproval", "expire_approval", "approvals", "audit"),
            "close": self._handler("CloseApproval", "close_approval", "models", "audit"),
        }
        access.allow(steps["expire"].role, ["dynamodb:DeleteItem"], [self._tables["approvals"].table_arn])
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
