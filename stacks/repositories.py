"""Repositories: the DynamoDB tables of catalogue, features, experiments, models and governance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb

from stacks import access
from stacks.wiring import PERSONAS, TABLES, Wiring

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings


class Repositories(Stack):
    """Tables that live as long as the data does; each costs nothing while nobody uses it.

    Attributes
    ----------
    tables
        By the platform's names for them.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        """Create the tables and publish their names."""
        super().__init__(
            scope, id, description="Penstock: catalogue, feature, model and governance repositories"
        )
        wiring = Wiring(self, settings)
        self.tables = {name: self._table(name, wiring, settings) for name in TABLES}
        for name, table in self.tables.items():
            wiring.publish(f"repositories/{name}", table.table_name)
        stream = self.tables["audit"].table_stream_arn
        assert stream is not None  # noqa: S101
        wiring.publish("streams/audit", stream)
        for persona in PERSONAS:
            access.read_items(wiring.persona(persona), *self.tables.values())
        access.allow(
            wiring.persona("scientist"), ["dynamodb:BatchGetItem"], [self.tables["online"].table_arn]
        )

    def _table(self, name: str, wiring: Wiring, settings: Settings) -> dynamodb.Table:
        return dynamodb.Table(
            self, name.capitalize(), billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED, encryption_key=wiring.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=settings.keep_data,
            removal_policy=RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY,
            time_to_live_attribute="ttl" if name == "online" else None,
            stream=dynamodb.StreamViewType.NEW_IMAGE if name == "audit" else None,
        )  # fmt: skip
