"""The SageMaker API as botocore describes it: which members an answer, a summary or an event has."""

import functools
from typing import Any, cast

from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

from local_cloud.sagemaker.errors import UnknownOperationException

Json = dict[str, Any]


class ApiModel:
    """Looks shapes up and cuts records down to what a shape declares.

    Records are kept in the form of the Describe answers plus private members, so an answer is a projection.

    Examples
    --------
    >>> api = ApiModel.load()
    >>> api.answer("DescribeModel", {"ModelName": "m", "_private": 1})
    {'ModelName': 'm'}
    """

    def __init__(self, service: ServiceModel) -> None:
        self._service = service
        self.operations = frozenset(service.operation_names)

    @classmethod
    @functools.cache
    def load(cls, service: str = "sagemaker") -> "ApiModel":
        """Read the installed model of a service; about 0.1 s the first time."""
        return cls(ServiceModel(Loader().load_service_model(service, "service-2"), service))

    def operation(self, name: str) -> OperationModel:
        """Return an operation's model, or say that there is none of this name."""
        if name not in self.operations:
            raise UnknownOperationException(f"SageMaker has no operation {name!r}.")
        return self._service.operation_model(name)

    def answer(self, operation: str, record: Json) -> Json:
        """Return the members of a record that the operation's answer declares."""
        shape = self.operation(operation).output_shape
        return project(shape, record) if shape is not None else {}

    def summary(self, operation: str, member: str, record: Json) -> Json:
        """Return a record as one element of a List operation's answer."""
        shape = self.operation(operation).output_shape
        elements = cast("ListShape", cast("StructureShape", shape).members[member])
        return dict(project(elements.member, record))

    def event_detail(self, operation: str, record: Json) -> Json:
        """Return a record as events carry it: as described, times in milliseconds."""
        shape = self.operation(operation).output_shape
        if shape is None:
            return {}
        return {**_milliseconds(shape, project(shape, record)), "Tags": {}}


def project(shape: Shape, value: Any) -> Any:
    """Drop members that the shape does not declare, at every depth."""
    if value is None:
        return None
    if shape.type_name == "structure":
        members = shape.members  # type: ignore[attr-defined]
        kept = {name: project(members[name], value[name]) for name in members if name in value}
        return {name: item for name, item in kept.items() if item is not None}
    if shape.type_name == "list":
        return [project(shape.member, item) for item in value]  # type: ignore[attr-defined]
    return value


def _milliseconds(shape: Shape, value: Any) -> Any:
    """Turn every timestamp below a shape from seconds into whole milliseconds."""
    if shape.type_name == "structure":
        members = shape.members  # type: ignore[attr-defined]
        return {name: _milliseconds(members[name], item) for name, item in value.items()}
    if shape.type_name == "list":
        return [_milliseconds(shape.member, item) for item in value]  # type: ignore[attr-defined]
    return int(value * 1000) if shape.type_name == "timestamp" else value
