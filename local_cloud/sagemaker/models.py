"""Models and endpoint configurations: records that endpoints and transform jobs read."""

from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import ValidationException
from local_cloud.sagemaker.kinds import ENDPOINT_CONFIG, MODEL
from local_cloud.sagemaker.packages import Packages
from local_cloud.sagemaker.resources import Json, Operation, Resources


class Models(Resources):
    """Creates, describes, lists and deletes models."""

    def __init__(self, context: Context, packages: Packages) -> None:
        super().__init__(context, MODEL)
        self._packages = packages

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        return {
            "CreateModel": self.create,
            "DescribeModel": self.describe,
            "ListModels": self.list_all,
            "DeleteModel": self.delete,
        }

    def create(self, request: Json) -> Json:
        """Record a model; its container may come from a model package."""
        if not ("PrimaryContainer" in request) ^ ("Containers" in request):
            raise ValidationException("Exactly one of PrimaryContainer and Containers must be given.")
        for container in containers(request):
            if not container.keys() & {"Image", "ModelPackageName"}:
                raise ValidationException("A container needs an Image or a ModelPackageName.")
            if "ModelPackageName" in container:
                self._packages.container(container["ModelPackageName"])
        record = self.insert(request["ModelName"], dict(request))
        if record is None:
            raise ValidationException(
                f'Cannot create already existing model "{self.arn(request["ModelName"])}".'
            )
        self.announce(record)
        return {"ModelArn": record["ModelArn"]}

    def delete(self, request: Json) -> Json:
        """Forget a model; endpoints that serve it go on."""
        record = self.find(request["ModelName"])
        self.remove(request["ModelName"])
        self.announce(record)
        return {}

    def resolved(self, name: str) -> Json:
        """Return a model whose containers name an image and data, whatever they were created from.

        Examples of what follows from a package: its first container's Image and ModelDataUrl, overlaid by
        the Environment of the model's own container.
        """
        record = self.find(name)
        found = [self._resolve(container) for container in containers(record)]
        return {**record, "Containers": found}

    def _resolve(self, container: Json) -> Json:
        """Return a container with what its model package adds."""
        if "ModelPackageName" not in container:
            return container
        packaged = self._packages.container(container["ModelPackageName"])
        environment = {**packaged.get("Environment", {}), **container.get("Environment", {})}
        return {**packaged, **container, "Environment": environment}


class EndpointConfigs(Resources):
    """Creates, describes, lists and deletes endpoint configurations."""

    def __init__(self, context: Context, models: Models) -> None:
        super().__init__(context, ENDPOINT_CONFIG)
        self._models = models

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        return {
            "CreateEndpointConfig": self.create,
            "DescribeEndpointConfig": self.describe,
            "ListEndpointConfigs": self.list_all,
            "DeleteEndpointConfig": self.delete,
        }

    def create(self, request: Json) -> Json:
        """Record a configuration whose models exist."""
        if "AsyncInferenceConfig" in request:
            raise ValidationException("AsyncInferenceConfig is not offered by the local cloud.")
        for variant in variants(request):
            self._check(variant)
        name = request["EndpointConfigName"]
        record = self.insert(name, dict(request))
        if record is None:
            raise ValidationException(
                f'Cannot create already existing endpoint configuration "{self.arn(name)}".'
            )
        self.announce(record)
        return {"EndpointConfigArn": record["EndpointConfigArn"]}

    def delete(self, request: Json) -> Json:
        """Forget a configuration; endpoints that use it go on."""
        record = self.find(request["EndpointConfigName"])
        self.remove(request["EndpointConfigName"])
        self.announce(record)
        return {}

    def _check(self, variant: Json) -> None:
        """Refuse a variant that could not be served."""
        if "ModelName" not in variant:
            raise ValidationException(
                f"ProductionVariant {variant['VariantName']!r} has no ModelName; the local cloud has no "
                "inference components."
            )
        model = self._models.find(variant["ModelName"])
        if "ExecutionRoleArn" not in model:
            raise ValidationException(f"Model {model['ModelName']!r} has no ExecutionRoleArn to serve under.")
        if "ServerlessConfig" not in variant and "InstanceType" not in variant:
            raise ValidationException(
                f"ProductionVariant {variant['VariantName']!r} needs an InstanceType or a ServerlessConfig."
            )


def containers(model: Json) -> list[Json]:
    """Return the containers of a model, one or several."""
    return [model["PrimaryContainer"]] if "PrimaryContainer" in model else model["Containers"]


def variants(config: Json) -> list[Json]:
    """Return production and shadow variants of a configuration."""
    return [*config["ProductionVariants"], *config.get("ShadowProductionVariants", [])]
