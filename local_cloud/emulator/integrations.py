"""Service integrations of Step Functions, called through the emulator under the state machine's own role.

One dispatcher serves ``aws-sdk:<service>:<action>`` and the optimised integrations: parameters are checked
against botocore's service model, and errors get the names that Step Functions gives them.
"""

import functools
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.model import Shape, StructureShape
from botocore.response import StreamingBody

from local_cloud.emulator.identity import role_client

_BOTO_NAMES = {
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "states": "stepfunctions",
    "sagemakerruntime": "sagemaker-runtime",
    "cognitoidentityprovider": "cognito-idp",
}
# Names that the optimised integrations derive from the first version of the Java SDK.
_OPTIMISED = {
    "dynamodb": ("DynamoDB", "AmazonDynamoDBException"),
    "sns": ("SNS", "AmazonSNSException"),
    "sqs": ("SQS", "AmazonSQSException"),
    "sagemaker": ("SageMaker", "AmazonSageMakerException"),
    "glue": ("Glue", "AWSGlueException"),
    "athena": ("Athena", "AmazonAthenaException"),
    "states": ("StepFunctions", "AWSStepFunctionsException"),
    "events": ("EventBridge", "AmazonEventBridgeException"),
    "lambda": ("Lambda", "AWSLambdaException"),
}
# String members that an optimised integration fills from a JSON value.
_JSON_MEMBERS = frozenset(
    {("sns", "Message"), ("sqs", "MessageBody"), ("events", "Detail"), ("states", "input")}
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+")


class TaskError(Exception):
    """A failed call, with the error name and the cause that Step Functions shows."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Resource:
    """The parsed ``Resource`` of a task: which call, and how its end is awaited."""

    service: str
    action: str
    pattern: str
    is_sdk: bool

    @property
    def boto_name(self) -> str:
        """Return the service's name in boto3."""
        return _BOTO_NAMES.get(self.service, self.service)


def parse(resource: str) -> Resource | None:
    """Parse a service integration's ARN; None when it names no integration.

    Examples
    --------
    >>> parse("arn:aws:states:::aws-sdk:s3:getObject")
    Resource(service='s3', action='getObject', pattern='', is_sdk=True)
    >>> parse("arn:aws:states:::sagemaker:createTrainingJob.sync").pattern
    'sync'
    """
    _, marker, rest = resource.partition(":states:::")
    if not marker:
        return None
    is_sdk = rest.startswith("aws-sdk:")
    service, _, call = rest.removeprefix("aws-sdk:").partition(":")
    action, _, pattern = call.partition(".")
    return Resource(service.lower(), action, pattern, is_sdk)


@functools.lru_cache(maxsize=64)
def java_name(service_id: str) -> str:
    """Return a service's name as the errors of SDK integrations spell it.

    Examples
    --------
    >>> [java_name(name) for name in ("DynamoDB", "SFN", "SageMaker Runtime", "S3")]
    ['DynamoDb', 'Sfn', 'SageMakerRuntime', 'S3']
    """
    return "".join(part.capitalize() for part in _PARTS.findall(service_id))


def _exception_name(code: str) -> str:
    """Return the name of the exception class of a modelled error.

    Examples
    --------
    >>> _exception_name("ResourceInUse"), _exception_name("NotFoundFault")
    ('ResourceInUseException', 'NotFoundException')
    """
    stem = re.sub(r"(Fault|Exception)$", "", code)
    return f"{stem}Exception"


def error_name(resource: Resource, client: Any, code: str) -> str:
    """Return the error name that Step Functions reports for a service's error code."""
    model = client.meta.service_model
    code = code.rsplit("#", 1)[-1].rsplit(":", 1)[-1].rsplit(".", 1)[-1]
    modelled = {shape.error_code for shape in model.error_shapes} | {s.name for s in model.error_shapes}
    if resource.is_sdk or resource.service not in _OPTIMISED:
        prefix = java_name(str(model.service_id))
        generic = f"{prefix}Exception"
    else:
        prefix, generic = _OPTIMISED[resource.service]
    return f"{prefix}.{_exception_name(code) if code in modelled else generic}"


def _member_names(shape: StructureShape) -> dict[str, str]:
    """Map lower-cased names to the members of a structure."""
    return {name.lower(): name for name in shape.members}


def _scalar(resource: Resource, field: str, value: Any, shape: Shape) -> Any:
    """Convert a leaf of the parameters, or refuse a value of the wrong type."""
    kind = shape.type_name
    if kind in ("integer", "long") and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "blob":
        return value if isinstance(value, bytes) else _text(value).encode()
    if kind == "string" and isinstance(value, dict | list):
        if (resource.service, field) in _JSON_MEMBERS and not resource.is_sdk:
            return json.dumps(value)
        raise TaskError("States.Runtime", f"The value for the field '{field}' must be a STRING.")
    return value


def _text(value: Any) -> str:
    """Return a string as it is and any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def parameters(resource: Resource, value: Any, shape: Any, field: str = "") -> Any:
    """Convert a task's parameters to the members of a request's shape.

    Parameters
    ----------
    resource
        The integration that is called.
    value
        What the state's ``Parameters`` or ``Arguments`` evaluated to.
    shape
        The request's shape in the service model.
    field
        The name of the member that holds the value, for messages.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return _structure(resource, value, shape)
    if kind == "list" and isinstance(value, list):
        return [parameters(resource, item, shape.member, field) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: parameters(resource, item, shape.value, field) for key, item in value.items()}
    return _scalar(resource, field, value, shape)


def _structure(resource: Resource, value: dict[str, Any], shape: StructureShape) -> dict[str, Any]:
    """Convert one structure; an unknown member is an error, as when a state machine is created on AWS."""
    names = _member_names(shape)
    result = {}
    for key, item in value.items():
        name = names.get("null" if key == "Nul" else key.lower())
        if name is None:
            call = f"{resource.service}:{resource.action}"
            message = f"The field '{key}' is not supported by Step Functions for {call}"
            raise TaskError("States.Runtime", f"{message}; {shape.name} has {sorted(shape.members)}.")
        result[name] = parameters(resource, item, shape.members[name], name)
    return result


def _moment(value: datetime, *, epoch: bool) -> Any:
    """Return a point in time as the integration does."""
    moment = value.astimezone(UTC)
    if epoch:
        return int(moment.timestamp() * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def result(value: Any, shape: Any, *, sdk: bool = True) -> Any:
    """Convert a response to the JSON that the task yields: member names in Pascal case, plain values.

    Parameters
    ----------
    value
        A part of boto3's response.
    shape
        Its shape in the service model; the keys of maps are data and stay as they are.
    sdk
        Whether an ``aws-sdk`` integration is converted; optimised ones show times as epoch milliseconds.
    """
    kind = shape.type_name if shape is not None else ""
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {
            _pascal(key): result(item, members[key], sdk=sdk) for key, item in value.items() if key in members
        }
    if kind == "list" and isinstance(value, list):
        return [result(item, shape.member, sdk=sdk) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: result(item, shape.value, sdk=sdk) for key, item in value.items()}
    if isinstance(value, datetime):
        return _moment(value, epoch=not sdk)
    content = value.read() if isinstance(value, StreamingBody) else value
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else content


def _pascal(name: str) -> str:
    """Capitalise the first letter of a member's name."""
    return name[:1].upper() + name[1:]


def cause_of(error: ClientError, service_id: str) -> str:
    """Return the text that Step Functions shows for a service's error."""
    about = error.response.get("ResponseMetadata", {})
    status, request = about.get("HTTPStatusCode", 400), about.get("RequestId", "")
    message = error.response["Error"].get("Message", "")
    return f"{message} (Service: {service_id}, Status Code: {status}, Request ID: {request})"


def call(resource: Resource, values: Any, role_arn: str, session: str) -> dict[str, Any]:
    """Call one action of a service as a state machine's role.

    Parameters
    ----------
    resource
        The integration that is called.
    values
        The evaluated parameters of the task.
    role_arn
        The state machine's role; its policies decide.
    session
        The name of the role's session.

    Raises
    ------
    TaskError
        With the error name that ``Retry`` and ``Catch`` match.
    """
    try:
        client = role_client(resource.boto_name, role_arn, session)
        operation = _operation(client, resource)
    except (BotoCoreError, KeyError) as error:
        raise TaskError(
            "States.Runtime", f"There is no integration {resource.service}:{resource.action}."
        ) from error
    request = parameters(resource, values or {}, operation.input_shape) if operation.input_shape else {}
    try:
        answer = getattr(client, xform_name(operation.name))(**request)
    except ClientError as error:
        name = error_name(resource, client, error.response["Error"].get("Code", ""))
        raise TaskError(name, cause_of(error, str(client.meta.service_model.service_id))) from error
    except ParamValidationError as error:
        raise TaskError(error_name(resource, client, "ValidationException"), str(error)) from error
    except BotoCoreError as error:
        raise TaskError(error_name(resource, client, "SdkClientException"), str(error)) from error
    return _answer(resource, answer, operation)


def _operation(client: Any, resource: Resource) -> Any:
    """Return the model of the action."""
    model = client.meta.service_model
    name = _pascal(resource.action)
    if name not in model.operation_names:
        raise KeyError(name)
    return model.operation_model(name)


def _answer(resource: Resource, answer: dict[str, Any], operation: Any) -> dict[str, Any]:
    """Convert a response; the optimised integrations add how the HTTP request went."""
    shape = operation.output_shape
    converted: dict[str, Any] = result(answer, shape, sdk=resource.is_sdk) if shape is not None else {}
    if resource.is_sdk or resource.pattern:
        return converted
    about = answer["ResponseMetadata"]
    converted["SdkHttpMetadata"] = {"HttpStatusCode": about["HTTPStatusCode"]}
    converted["SdkResponseMetadata"] = {"RequestId": about.get("RequestId", "")}
    return converted
