"""The serving processes of one endpoint configuration, and how traffic is divided among them."""

import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import JobError, ValidationError
from local_cloud.sagemaker.serving import Server, ServerSpec

Json = dict[str, Any]


@dataclass
class Variant:
    """A variant of a fleet: its definition, its model, its weight, its process."""

    definition: Json
    model: Json
    server: Server
    weight: float

    @property
    def name(self) -> str:
        """The variant's name."""
        return str(self.definition["VariantName"])

    @property
    def instances(self) -> int:
        """How many instances were asked for; one process serves for all of them."""
        return int(self.definition.get("InitialInstanceCount", 1))


@dataclass
class Fleet:
    """All variants of one endpoint configuration.

    Parameters
    ----------
    config
        The endpoint configuration.
    folder
        Private folder, removed when the fleet ends.
    """

    config: Json
    folder: Path
    production: list[Variant]
    shadows: list[Variant]
    stopped: bool = field(default=False)

    @property
    def config_name(self) -> str:
        """The configuration's name."""
        return str(self.config["EndpointConfigName"])

    @property
    def instances(self) -> int:
        """How many instances all production variants together ask for."""
        return sum(variant.instances for variant in self.production)

    def start(self) -> None:
        """Start all processes side by side and wait until they are healthy.

        Raises
        ------
        JobError
            Of the first variant that could not be started; all others are ended.
        """
        everyone = [*self.production, *self.shadows]
        try:
            with ThreadPoolExecutor(len(everyone), "sagemaker-fleet") as pool:
                for _ in pool.map(lambda variant: variant.server.start(), everyone):
                    pass
        except Exception:
            self.stop()
            raise

    def stop(self, *, at_once: bool = False) -> None:
        """End all processes and remove their folder."""
        self.stopped = True
        everyone = [*self.production, *self.shadows]
        with ThreadPoolExecutor(len(everyone), "sagemaker-fleet") as pool:
            for variant in everyone:
                pool.submit(variant.server.kill if at_once else variant.server.stop)
        shutil.rmtree(self.folder, ignore_errors=True)

    def choose(self, target: str | None, draw: Callable[[], float] = random.random) -> Variant:
        """Return the variant that serves the next request.

        Parameters
        ----------
        target
            A variant's name, to overrule the weights.
        draw
            Source of numbers in [0, 1).
        """
        if target is None:
            return weighted(self.production, draw())
        for variant in self.production:
            if variant.name == target:
                return variant
        raise ValidationError(f"Variant {target} not found for the endpoint.")


def weighted(variants: list[Variant], drawn: float) -> Variant:
    """Return the variant at a point of the weights' total; all weights zero means the first."""
    point = drawn * sum(variant.weight for variant in variants)
    for variant in variants:
        point -= variant.weight
        if point < 0:
            return variant
    return variants[0]


def build_fleet(context: Context, endpoint: str, plan: Json, folder: Path) -> Fleet:
    """Make a fleet that is not started yet.

    Parameters
    ----------
    plan
        ``config``: the endpoint configuration; ``models``: the resolved models by name; ``weights``: what
        overrules the initial weights, by variant.
    """

    def variant(definition: Json) -> Variant:
        model = plan["models"][definition["ModelName"]]
        name = definition["VariantName"]
        weight = plan.get("weights", {}).get(name, definition.get("InitialVariantWeight", 1.0))
        return Variant(definition, model, _server(context, endpoint, name, model, folder / name), weight)

    config = plan["config"]
    production = [variant(definition) for definition in config["ProductionVariants"]]
    shadows = [variant(definition) for definition in config.get("ShadowProductionVariants", [])]
    return Fleet(config, folder, production, shadows)


def _server(context: Context, endpoint: str, variant: str, model: Json, folder: Path) -> Server:
    """Make the process of one variant."""
    containers = model["Containers"]
    if len(containers) > 1 or containers[0].get("Mode") == "MultiModel":
        raise JobError(
            f"Model {model['ModelName']} has several containers or hosts several models; the local "
            "cloud serves one container with one model a variant."
        )
    role = model["ExecutionRoleArn"]
    spec = ServerSpec(
        container=containers[0],
        role_arn=role,
        folder=folder,
        log_group=f"/aws/sagemaker/Endpoints/{endpoint}",
        log_stream=f"{variant}/i-{folder.parent.name.rpartition('-')[2]}",
        what=f"primary container for production variant {variant}",
    )
    return Server(spec, context.config, context.images, context.session(role))
