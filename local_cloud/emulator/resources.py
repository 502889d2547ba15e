"""CloudFormation resource types that the emulator lacks, created through the services' own API."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from local_cloud.emulator.identity import account_client
from local_cloud.emulator.integrations import Resource, parameters

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one resource type is created and deleted.

    Attributes
    ----------
    service
        The service's name in boto3.
    create, delete
        Names of the operations.
    name
        The property that names the resource; drawn from the logical id when the template leaves it out.
    id_member
        Which member of the creation's answer is the physical id; the name if empty.
    attributes
        Attribute names for ``Fn::GetAtt`` and the members of the answer that they are read from.
    rename
        Properties whose names differ from the operation's members.
    update
        The operation that changes the resource in place, if there is one.
    """

    service: str
    create: str
    delete: str
    name: str
    id_member: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    rename: dict[str, str] = field(default_factory=dict)
    update: str = ""
    delete_key: str = ""
    shape: Callable[[Json], Json] = lambda properties: properties


def _sagemaker(noun: str, update: str = "") -> Kind:
    """Describe a SageMaker resource."""
    attributes = {f"{noun}Arn": f"{noun}Arn", f"{noun}Name": f"{noun}Name"}
    return Kind(
        "sagemaker", f"Create{noun}", f"Delete{noun}", f"{noun}Name", f"{noun}Arn", attributes, {}, update
    )


def _archive(properties: Json) -> Json:
    """Write the archive's pattern as the text that the API wants."""
    pattern = properties.get("EventPattern")
    return {**properties, **({"EventPattern": json.dumps(pattern)} if isinstance(pattern, dict) else {})}


KINDS = {
    "AWS::SageMaker::ModelPackageGroup": _sagemaker("ModelPackageGroup"),
    "AWS::SageMaker::Model": _sagemaker("Model"),
    "AWS::SageMaker::EndpointConfig": _sagemaker("EndpointConfig"),
    "AWS::SageMaker::Endpoint": _sagemaker("Endpoint", "UpdateEndpoint"),
    "AWS::Events::Archive": Kind(
        service="events",
        create="CreateArchive",
        delete="DeleteArchive",
        name="ArchiveName",
        attributes={"Arn": "ArchiveArn", "ArchiveName": "ArchiveName"},
        rename={"SourceArn": "EventSourceArn"},
        update="UpdateArchive",
        shape=_archive,
    ),
    "AWS::CloudWatch::CompositeAlarm": Kind(
        service="cloudwatch",
        create="PutCompositeAlarm",
        delete="DeleteAlarms",
        name="AlarmName",
        update="PutCompositeAlarm",
        delete_key="AlarmNames",
    ),
    "AWS::Athena::NamedQuery": Kind(
        service="athena",
        create="CreateNamedQuery",
        delete="DeleteNamedQuery",
        name="Name",
        id_member="NamedQueryId",
        attributes={"NamedQueryId": "NamedQueryId"},
        delete_key="NamedQueryId",
    ),
}


def _call(kind: Kind, operation: str, values: Json) -> Json:
    """Call an operation with those of the values that it knows."""
    client = account_client(kind.service)
    model = client.meta.service_model.operation_model(operation)
    known = {key: value for key, value in values.items() if key in model.input_shape.members}
    resource = Resource(kind.service, operation, "", is_sdk=True)
    answer: Json = getattr(client, xform_name(operation))(**parameters(resource, known, model.input_shape))
    return answer


def _values(kind: Kind, properties: Json, name: str) -> Json:
    """Return the members of a creation."""
    renamed = {kind.rename.get(key, key): value for key, value in properties.items()}
    return kind.shape({**renamed, kind.name: name})


def _create(kind: Kind, logical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
    """Create a resource and return its physical id and attributes."""
    from ministack.services.cloudformation.provisioners import _physical_name

    name = str(properties.get(kind.name) or _physical_name(stack, logical_id, max_len=63))
    answer = {kind.name: name, **_call(kind, kind.create, _values(kind, properties, name))}
    attributes = {
        attribute: answer[member] for attribute, member in kind.attributes.items() if member in answer
    }
    return str(answer.get(kind.id_member) or name), attributes


def _update(kind: Kind, physical_id: str, properties: Json, stack: str) -> tuple[str, Json]:
    """Change a resource in place, or replace one that cannot be changed."""
    name = str(properties.get(kind.name) or _name_of(physical_id))
    if not kind.update:
        _delete(kind, physical_id, properties)
        return _create(kind, name, {**properties, kind.name: name}, stack)
    answer = {kind.name: name, **_call(kind, kind.update, _values(kind, properties, name))}
    attributes = {
        attribute: answer[member] for attribute, member in kind.attributes.items() if member in answer
    }
    return physical_id, attributes


def _name_of(physical_id: str) -> str:
    """Return the name at the end of an ARN, or the id itself."""
    return physical_id.rsplit("/", 1)[-1]


def _delete(kind: Kind, physical_id: str, _properties: Json) -> None:
    """Delete a resource; one that is gone already is no error."""
    key, name = kind.delete_key or kind.name, _name_of(physical_id)
    try:
        _call(kind, kind.delete, {key: [name] if key.endswith("Names") else name})
    except ClientError as error:
        absent = ("could not find", "not found", "does not exist")
        if not any(text in str(error).lower() for text in absent):
            raise


def _handlers(kind: Kind) -> dict[str, Any]:
    """Return the functions that the emulator calls for a resource type."""
    return {
        "create": lambda logical_id, properties, stack: _create(kind, logical_id, properties, stack),
        "update": lambda physical_id, _old, new, stack: _update(kind, physical_id, new, stack),
        "delete": lambda physical_id, properties: _delete(kind, physical_id, properties),
    }


def _secrets_by_arn(handlers: dict[str, Any]) -> dict[str, Any]:
    """Let ``Ref`` of a secret be its ARN, as on AWS, and not its name, which no policy matches."""

    def name(physical_id: str) -> str:
        from ministack.services import secretsmanager

        return secretsmanager._resolve(physical_id)[0] or physical_id

    def create(*arguments: Any) -> tuple[str, Json]:
        _, attributes = handlers["create"](*arguments)
        return attributes["Arn"], attributes

    def update(physical_id: str, *arguments: Any, **named: Any) -> tuple[str, Json]:
        _, attributes = handlers["update"](name(physical_id), *arguments, **named)
        return attributes["Arn"], attributes

    def delete(physical_id: str, properties: Json) -> None:
        handlers["delete"](name(physical_id), properties)

    return {**handlers, "create": create, "update": update, "delete": delete}


def install() -> None:
    """Register the resource types; they call back into this server, so they run beside its loop."""
    from ministack.services.cloudformation import provisioners, stacks

    original = stacks._runs_on_worker_thread
    for name, kind in KINDS.items():
        provisioners._RESOURCE_HANDLERS.setdefault(name, _handlers(kind))
    secret = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"] = _secrets_by_arn(secret)
    stacks._runs_on_worker_thread = lambda resource_type: resource_type in KINDS or original(resource_type)
