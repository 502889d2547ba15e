"""One delivery of an event to a target, allowed by the target's role or by the target's own policy."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.constants import ACCOUNT, REGION
from local_cloud.emulator import integrations
from local_cloud.emulator.identity import account_client, role_client

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is sent where.

    Attributes
    ----------
    target
        The rule's or schedule's target.
    source_arn
        The rule or schedule.
    is_schedule
        Whether EventBridge Scheduler sends it.
    payload
        The text that the target receives.
    """

    target: Json
    source_arn: str
    is_schedule: bool
    payload: str

    @property
    def principal(self) -> str:
        """Return the service principal that calls the target."""
        return "scheduler.amazonaws.com" if self.is_schedule else "events.amazonaws.com"


def _refused(action: str, resource: str, principal: str) -> ClientError:
    """Return the error of a delivery that nobody has allowed."""
    message = f"{principal} is not authorized to perform {action} on {resource}"
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, action)


def policy_allows(policy: Any, delivery: Delivery, action: str) -> bool:
    """Tell whether a target's own policy lets a service call it.

    Parameters
    ----------
    policy
        The target's resource policy.
    delivery
        What is to be delivered.
    action
        The IAM action.
    """
    from ministack import app
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

    if not app.AUTH:
        return True
    arn = delivery.target["Arn"]
    context = EvalContext(
        principal_arn=delivery.principal,
        principal_type="Service",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=arn,
        region=REGION,
        service_context={"aws:sourcearn": delivery.source_arn, "aws:sourceaccount": ACCOUNT},
        secure_transport=True,
    )
    allowed: bool = evaluate_resource_policy(policy, context, delivery.principal).decision == "Allow"
    return allowed


def _client(service: str, delivery: Delivery, action: str, policy: Callable[[], Any]) -> Any:
    """Return a client that may call the target, or raise."""
    role = delivery.target.get("RoleArn")
    if role:
        return role_client(service, role, delivery.principal.partition(".")[0])
    if not policy_allows(policy(), delivery, action):
        raise _refused(action, delivery.target["Arn"], delivery.principal)
    return account_client(service)


def _to_function(delivery: Delivery) -> None:
    """Invoke a function asynchronously."""
    arn = delivery.target["Arn"]
    client = _client("lambda", delivery, "lambda:InvokeFunction", lambda: _function_policy(arn))
    client.invoke(FunctionName=arn, InvocationType="Event", Payload=delivery.payload.encode())


def _function_policy(arn: str) -> Any:
    """Return a function's resource policy."""
    from ministack.services import lambda_svc

    found = lambda_svc.function_policy_for_arn(arn)
    return found[0] if found else None


def _to_workflow(delivery: Delivery) -> None:
    """Start an execution."""
    if not delivery.target.get("RoleArn"):
        raise _refused("states:StartExecution", delivery.target["Arn"], delivery.principal)
    client = role_client("stepfunctions", delivery.target["RoleArn"], delivery.principal.partition(".")[0])
    client.start_execution(
        stateMachineArn=delivery.target["Arn"], input=delivery.payload, name=f"{uuid.uuid4()}_{uuid.uuid4()}"
    )


def _to_queue(delivery: Delivery) -> None:
    """Send a message to a queue."""
    from ministack.services import sqs

    arn = delivery.target["Arn"]

    def policy() -> Any:
        """Return the queue's policy."""
        return ((sqs._queue_by_arn(arn) or {}).get("attributes") or {}).get("Policy")

    client = _client("sqs", delivery, "sqs:SendMessage", policy)
    url = (
        client.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])
        if delivery.target.get("RoleArn") is None
        else None
    )
    address = (
        url["QueueUrl"]
        if url
        else account_client("sqs").get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    )
    group = (delivery.target.get("SqsParameters") or {}).get("MessageGroupId")
    more = {"MessageGroupId": group} if group else {}
    client.send_message(QueueUrl=address, MessageBody=delivery.payload, **more)


def _to_topic(delivery: Delivery) -> None:
    """Publish to a topic."""
    arn = delivery.target["Arn"]

    def policy() -> Any:
        """Return the topic's policy."""
        return account_client("sns").get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy")

    _client("sns", delivery, "sns:Publish", policy).publish(TopicArn=arn, Message=delivery.payload)


def _to_bus(delivery: Delivery) -> None:
    """Put a schedule's event onto a bus."""
    given = delivery.target.get("EventBridgeParameters") or {}
    entry = {
        "EventBusName": delivery.target["Arn"],
        "Detail": delivery.payload,
        "DetailType": given.get("DetailType", "Scheduled Event"),
        "Source": given.get("Source", "penstock.schedule"),
    }
    _client("events", delivery, "events:PutEvents", lambda: None).put_events(Entries=[entry])


def _to_any_api(delivery: Delivery) -> None:
    """Call the API that a schedule's universal target names."""
    resource = integrations.parse(delivery.target["Arn"].replace(":scheduler:::", ":states:::"))
    if resource is None:
        raise _refused("aws-sdk", delivery.target["Arn"], delivery.principal)
    try:
        integrations.call(resource, json.loads(delivery.payload), delivery.target["RoleArn"], "scheduler")
    except integrations.TaskError as error:
        raise ClientError(
            {"Error": {"Code": error.error, "Message": error.cause}}, resource.action
        ) from error


_TARGETS = {
    "lambda": _to_function,
    "states": _to_workflow,
    "sqs": _to_queue,
    "sns": _to_topic,
    "events": _to_bus,
    "scheduler": _to_any_api,
}


def deliver(delivery: Delivery) -> None:
    """Deliver an event once.

    Raises
    ------
    ClientError
        If the target refuses it or nobody has allowed the call.
    """
    service = delivery.target["Arn"].split(":")[2]
    _TARGETS[service](delivery)
