"""SageMaker's registry in the governance stack: model cards and packages, in step with the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations

from stacks import access
from stacks.wiring import PERSONAS

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.functions import Handler
    from stacks.wiring import Wiring

NAMED = "Groups are named after use cases, packages after their groups, cards after use cases."
APPROVERS = ("approver", "owner")
_STAGES = {
    "penstock.training": ["Model Registered", "Model Refused"],
    "penstock.governance": ["Model Approved", "Model Rejected", "Approval Expired"],
    "penstock.serving": ["Model Deployed", "Deployment Rolled Back", "Deployment Failed"],
}
"""Events after which a version has another stage."""


def follow_packages(scope: Construct, follow: Handler, sweep: Handler, *, wiring: Wiring) -> None:
    """Let two functions answer what people do to packages: as it happens, and once a day what was missed."""
    packages = wiring.arn("sagemaker", "model-package/penstock-*")
    for handler in (follow, sweep):
        allowed = ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"]
        access.allow(handler.role, allowed, [packages], because=NAMED)
        handler.function.add_environment("BUS_NAME", wiring.bus.event_bus_name)
        access.allow(handler.role, ["events:PutEvents"], [wiring.bus.event_bus_arn])
        _until_done(handler, wiring)
    access.allow(sweep.role, ["sagemaker:ListModelPackages"], ["*"], because="Listing knows no resources.")
    events.Rule(
        scope, "PackageChanged",
        event_pattern=events.EventPattern(
            source=["aws.sagemaker"], detail_type=["SageMaker Model Package State Change"],
            detail={"ModelPackageGroupName": events.Match.prefix("penstock-")},
        ),
        targets=[_target(follow, wiring)],
    )  # fmt: skip
    events.Rule(
        scope, "DailySweep", schedule=events.Schedule.rate(Duration.days(1)), targets=[_target(sweep, wiring)]
    )


def keep_cards(scope: Construct, keeper: Handler, *, wiring: Wiring) -> None:
    """Let a function write a version's card, in the bucket and in SageMaker, whenever its stage changes."""
    cards, artifacts = wiring.arn("sagemaker", "model-card/penstock-*"), wiring.bucket("artifacts")
    allowed = ["sagemaker:CreateModelCard", "sagemaker:DescribeModelCard", "sagemaker:UpdateModelCard"]
    access.allow(keeper.role, allowed, [cards], because=NAMED)
    # A card names its package, which SageMaker looks up in the name of who writes the card.
    registered = [wiring.arn("sagemaker", "model-package/penstock-*"),
                  wiring.arn("sagemaker", "model-package-group/penstock-*")]  # fmt: skip
    access.allow(
        keeper.role, ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"], registered,
        because=NAMED,
    )  # fmt: skip
    access.read_objects(keeper.role, artifacts, "runs/", "cards/")
    access.write_objects(keeper.role, artifacts, "cards/")
    # SageMaker keeps a grant of the key, by which it reads the card.
    keeper.function.add_environment("CARD_KEY", wiring.key.key_arn)
    access.allow(keeper.role, ["kms:DescribeKey"], [wiring.key.key_arn])
    aws_alone = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    access.allow(keeper.role, ["kms:CreateGrant"], [wiring.key.key_arn], conditions=aws_alone)
    _until_done(keeper, wiring)
    for source, types in _STAGES.items():
        events.Rule(
            scope,
            f"StageAfter{source.rpartition('.')[2].capitalize()}",
            event_bus=wiring.bus,
            event_pattern=events.EventPattern(source=[source], detail_type=types),
            targets=[_target(keeper, wiring)],
        )


def let_people_in(*, wiring: Wiring) -> None:
    """Let people read cards and packages in Studio, and those who approve set a package's status there."""
    cards = wiring.arn("sagemaker", "model-card/penstock-*")
    packages = wiring.arn("sagemaker", "model-package/penstock-*")
    for persona in PERSONAS:
        role = wiring.persona(persona)
        access.allow(
            role, ["sagemaker:DescribeModelCard", "sagemaker:ListModelCardVersions"], [cards], because=NAMED
        )
        may = ["sagemaker:DescribeModelPackage"]
        if persona in APPROVERS:
            may.append("sagemaker:UpdateModelPackage")
        access.allow(role, may, [packages], because=NAMED)
        lists = [f"sagemaker:List{what}" for what in ("ModelCards", "ModelPackages", "ModelPackageGroups")]
        access.allow(role, lists, ["*"], because="Listing knows no resources.")


def _target(handler: Handler, wiring: Wiring) -> targets.LambdaFunction:
    return targets.LambdaFunction(
        handler.function, dead_letter_queue=wiring.dead_letters, retry_attempts=8,
        max_event_age=Duration.hours(24),
    )  # fmt: skip


def _until_done(handler: Handler, wiring: Wiring) -> None:
    """Repeat what failed; what still fails goes to the dead letters."""
    handler.function.configure_async_invoke(
        retry_attempts=2, max_event_age=Duration.hours(6),
        on_failure=destinations.SqsDestination(wiring.dead_letters),
    )  # fmt: skip
