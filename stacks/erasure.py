"""Erasure in the data stack: the one role that may delete features, and who may ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks import access
from stacks.functions import Handler, Size
from stacks.wiring import PERSONAS
from stacks.workflows import erasure
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secrets
    from constructs import Construct

    from stacks.wiring import Wiring

_REQUESTS, _STORE, _EVIDENCE = "requests/erasures/", "features/", "erasures/"
_TABLES = ("catalog", "features", "audit", "online")


def add_erasure(scope: Construct, *, wiring: Wiring, secret: secrets.Secret) -> Workflow:
    """Add the erasure of entities to the data stack.

    Parameters
    ----------
    secret
        Key of the keyed hash that stays of an erased entity's key.
    """
    lake = wiring.bucket("lake")
    environment = {f"{name.upper()}_TABLE": wiring.table(name).table_name for name in _TABLES} | {
        "LAKE_BUCKET": lake.bucket_name, "HASH_KEY_SECRET": secret.secret_arn,
        "APPROVER_ROLE": wiring.value("roles/approver"),
    }  # fmt: skip
    erase = Handler(
        scope, "FeaturesErase", wiring=wiring, entry="features.erase", environment=environment,
        size=Size(memory=2048, timeout=900, disk=4096),
    )  # fmt: skip
    access.read_items(erase.role, wiring.table("catalog"))
    access.write_items(erase.role, wiring.table("features"), wiring.table("audit"))
    access.allow(erase.role, ["dynamodb:DeleteItem"], [wiring.table("online").table_arn])
    access.allow(erase.role, ["secretsmanager:GetSecretValue"], [secret.secret_arn])
    access.read_objects(erase.role, lake, _STORE, _REQUESTS, _EVIDENCE)
    access.write_objects(erase.role, lake, _STORE, _REQUESTS, _EVIDENCE)
    access.erase_objects(erase.role, lake, _STORE, _REQUESTS)
    workflow = Workflow(
        scope, "Erasure", wiring=wiring, name="erasure", calls=[erase],
        definition=erasure.definition(
            erase=erase.function.function_arn, bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn
        ),
    )  # fmt: skip
    _asking(scope, wiring, secret, workflow, environment)
    return workflow


def _asking(
    scope: Construct, wiring: Wiring, secret: secrets.Secret, workflow: Workflow, environment: dict[str, str]
) -> None:
    """Make the function by which it is asked for. Who may is checked, and audited, inside."""
    machine = workflow.machine.state_machine_arn
    ask = Handler(
        scope,
        "AskErasure",
        wiring=wiring,
        entry="features.ask_erasure",
        environment=environment | {"WORKFLOW": machine},
    )
    access.read_items(ask.role, wiring.table("catalog"))
    access.write_items(ask.role, wiring.table("features"), wiring.table("audit"))
    access.write_objects(ask.role, wiring.bucket("lake"), _REQUESTS)
    access.allow(ask.role, ["secretsmanager:GetSecretValue"], [secret.secret_arn])
    access.allow(ask.role, ["states:StartExecution"], [machine])
    wiring.publish("functions/erase_entity", ask.function.function_name)
    for persona in PERSONAS:
        access.allow(wiring.persona(persona), ["lambda:InvokeFunction"], [ask.function.function_arn])
