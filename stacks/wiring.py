"""How stacks find each other: SSM parameters, so that each can be deployed by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from aws_cdk import Fn, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

T = TypeVar("T")
PERSONAS = ("scientist", "approver", "owner")
TABLES = ("catalog", "features", "online", "experiments", "models", "approvals", "audit", "monitoring")


class Wiring:
    """Publishes what a stack has, and resolves what others have published.

    Parameters
    ----------
    scope
        The stack.
    settings
        Of the environment that it belongs to.
    """

    def __init__(self, scope: Construct, settings: Settings) -> None:
        self._scope, self.settings = scope, settings
        self._known: dict[str, object] = {}

    def publish(self, name: str, value: str) -> None:
        """Store a value below ``/penstock/<environment>/``."""
        ssm.StringParameter(
            self._scope, f"Parameter{_title(name)}", parameter_name=self._path(name), string_value=value
        )

    def value(self, name: str) -> str:
        """Return a value that another stack has published, resolved when the template is deployed."""
        return ssm.StringParameter.value_for_string_parameter(self._scope, self._path(name))

    @property
    def key(self) -> kms.IKey:
        """The platform's encryption key."""
        return self._once(
            "key", lambda: kms.Key.from_key_arn(self._scope, "Key", self.value("foundation/key_arn"))
        )

    @property
    def bus(self) -> events.IEventBus:
        """The platform's event bus."""
        return self._once(
            "bus",
            lambda: events.EventBus.from_event_bus_name(
                self._scope, "Bus", self.value("foundation/bus_name")
            ),
        )

    @property
    def topic(self) -> sns.ITopic:
        """The topic that people subscribe to."""
        return self._once(
            "topic",
            lambda: sns.Topic.from_topic_arn(self._scope, "Topic", self.value("foundation/topic_arn")),
        )

    @property
    def dead_letters(self) -> sqs.IQueue:
        """The queue of events that could not be delivered."""
        return self._once(
            "dead",
            lambda: sqs.Queue.from_queue_arn(
                self._scope, "DeadLetters", self.value("foundation/dead_letters_arn")
            ),
        )

    @property
    def layer(self) -> lambda_.ILayerVersion:
        """The handlers' dependencies."""
        return self._once(
            "layer",
            lambda: lambda_.LayerVersion.from_layer_version_arn(
                self._scope, "Layer", self.value("foundation/layer_arn")
            ),
        )

    @property
    def image(self) -> str:
        """The address of the runtime image."""
        return self.value("foundation/image_uri")

    def bucket(self, name: str) -> s3.IBucket:
        """Return a bucket of the platform: ``landing``, ``lake``, ``artifacts`` or ``audit``."""
        return self._once(
            f"bucket/{name}",
            lambda: s3.Bucket.from_bucket_name(
                self._scope, f"{_title(name)}Bucket", self.value(f"foundation/{name}_bucket")
            ),
        )

    def table(self, name: str) -> dynamodb.ITable:
        """Return a table of the platform, one of ``TABLES``."""
        return self._once(
            f"table/{name}",
            lambda: dynamodb.Table.from_table_name(
                self._scope, f"{_title(name)}Table", self.value(f"repositories/{name}")
            ),
        )

    def persona(self, name: str) -> iam.IRole:
        """Return the role of a persona, one of ``PERSONAS``, for grants.

        The policy is named after the stack: two stacks' policies of one name would replace each other.
        """
        return self._once(
            f"role/{name}",
            lambda: iam.Role.from_role_name(
                self._scope,
                f"{_title(name)}Persona",
                Fn.select(1, Fn.split("/", self.value(f"roles/{name}"))),
                default_policy_name=Stack.of(self._scope).stack_name,
            ),
        )

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN of this account and region."""
        stack = Stack.of(self._scope)
        return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """Import a resource once a stack."""
        if name not in self._known:
            self._known[name] = make()
        return self._known[name]  # type: ignore[return-value]

    def _path(self, name: str) -> str:
        return f"/penstock/{self.settings.environment}/{name}"


def _title(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("/", "_").split("_"))
