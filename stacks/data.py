"""Data: onboarding and features, from a landed file to tables and feature views.

Each part adds itself to the stack in a module of its own; this one wires them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_secretsmanager as secrets

from stacks import access
from stacks.erasure import add_erasure
from stacks.features import add_features
from stacks.onboarding import add_onboarding
from stacks.retention import add_retention
from stacks.search import add_search
from stacks.tables import add_tables
from stacks.wiring import Wiring

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings


class Data(Stack):
    """The onboarding and features workflows with their functions, jobs and catalogue.

    Attributes
    ----------
    onboarding, features, backfill, erasure, retention
        The workflows.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        """Create the resources."""
        super().__init__(scope, id, description="Penstock: governed onboarding and feature views")
        wiring = Wiring(self, settings)
        self.database = add_tables(self, wiring=wiring)
        self.secret = self._secret(wiring)
        self.onboarding = add_onboarding(self, wiring=wiring, secret=self.secret)
        self.features, self.backfill = add_features(self, wiring=wiring, secret=self.secret)
        self.erasure = add_erasure(self, wiring=wiring, secret=self.secret)
        self.retention = add_retention(self, wiring=wiring, features=self.features)
        self.search = add_search(self, wiring=wiring)

    def _secret(self, wiring: Wiring) -> secrets.Secret:
        """Make the key of the hash of personal columns."""
        secret = secrets.Secret(
            self,
            "HashKey",
            encryption_key=wiring.key,
            description="Key of the hash of personal columns",
            removal_policy=RemovalPolicy.RETAIN if wiring.settings.keep_data else RemovalPolicy.DESTROY,
            generate_secret_string=secrets.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
        )
        access.acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "Another key would make other hashes: old and new rows would no longer match.",
        )
        return secret
