"""Search in the data stack: an index file in S3, a function that builds it and one that answers from it.

Nothing of it costs anything while nobody asks and nothing changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations

from stacks import access
from stacks.functions import Handler, Size
from stacks.wiring import PERSONAS

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.wiring import Wiring

_PLACE = "search/"
_CHANGES = {
    "governance": ("Use Case Registered", "Model Approved", "Model Rejected", "Approval Expired"),
    "catalog": ("Metadata Changed", "Data Removed"),
    "onboarding": ("Dataset Ready",),
    "features": ("Feature Changed", "Features Ready"),
    "training": ("Model Registered", "Model Refused"),
    "serving": ("Model Deployed", "Deployment Rolled Back", "Deployment Failed"),
}
"""What changes something that can be found, by the capability that tells of it."""


def add_search(scope: Construct, *, wiring: Wiring) -> dict[str, Handler]:
    """Add search and curation to the data stack.

    Returns
    -------
    dict
        The functions that people may call, by the platform's names for them.
    """
    artifacts, catalog, audit = wiring.bucket("artifacts"), wiring.table("catalog"), wiring.table("audit")
    place = {"ARTIFACTS_BUCKET": artifacts.bucket_name, "INDEX_KEY": f"{_PLACE}catalog.sqlite"}
    asked = {
        "search": Handler(scope, "Search", wiring=wiring, entry="catalog.search", environment=place,
                          size=Size(memory=1024)),
        "curate": _curate(scope, wiring),
    }  # fmt: skip
    access.read_objects(asked["search"].role, artifacts, _PLACE)
    access.write_items(asked["curate"].role, catalog, audit)
    for name, handler in asked.items():
        wiring.publish(f"functions/{name}", handler.function.function_name)
        for persona in PERSONAS:
            access.allow(wiring.persona(persona), ["lambda:InvokeFunction"], [handler.function.function_arn])
    _rebuild(scope, wiring, place)
    return asked


def _curate(scope: Construct, wiring: Wiring) -> Handler:
    """Make the function by which people tag and define."""
    environment = {
        "CATALOG_TABLE": wiring.table("catalog").table_name,
        "AUDIT_TABLE": wiring.table("audit").table_name,
        "BUS_NAME": wiring.bus.event_bus_name,
    }
    handler = Handler(scope, "Curate", wiring=wiring, entry="catalog.curate", environment=environment)
    access.allow(handler.role, ["events:PutEvents"], [wiring.bus.event_bus_arn])
    return handler


def _rebuild(scope: Construct, wiring: Wiring, place: dict[str, str]) -> None:
    """Make the function that builds the index, and call it whenever something has changed."""
    artifacts, catalog, models = wiring.bucket("artifacts"), wiring.table("catalog"), wiring.table("models")
    features = wiring.table("features")
    environment = place | {
        "CATALOG_TABLE": catalog.table_name, "MODELS_TABLE": models.table_name,
        "FEATURES_TABLE": features.table_name,
    }  # fmt: skip
    handler = Handler(scope, "RebuildSearch", wiring=wiring, entry="catalog.rebuild", environment=environment,
                      size=Size(memory=1024, timeout=300))  # fmt: skip
    access.read_items(handler.role, catalog, features, models)
    access.read_objects(handler.role, artifacts, _PLACE)
    access.write_objects(handler.role, artifacts, _PLACE)
    handler.function.configure_async_invoke(
        retry_attempts=2,
        max_event_age=Duration.hours(6),
        on_failure=destinations.SqsDestination(wiring.dead_letters),
    )
    events.Rule(
        scope,
        "CatalogChanged",
        event_bus=wiring.bus,
        event_pattern=events.EventPattern(
            source=[f"penstock.{capability}" for capability in _CHANGES],
            detail_type=[one for types in _CHANGES.values() for one in types],
        ),
        targets=[
            targets.LambdaFunction(
                handler.function,
                dead_letter_queue=wiring.dead_letters,
                retry_attempts=8,
                max_event_age=Duration.hours(24),
            )
        ],
    )
