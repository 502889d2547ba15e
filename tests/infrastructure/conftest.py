"""The platform's templates, synthesised once a session in one process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from stacks import staging, templates
from stacks.node import use_bundled_node
from stacks.settings import Settings

Json = dict[str, Any]
CONTEXT: Json = json.loads((staging.ROOT / "cdk.json").read_text())["context"]


@dataclass(frozen=True)
class Assembly:
    """A synthesised cloud assembly."""

    folder: Path

    @cached_property
    def templates(self) -> dict[str, Json]:
        """The templates by the name of the stack's class."""
        return {name.rpartition("-")[2]: one for name, one in templates.load(self.folder).items()}

    def all(self, kind: str) -> dict[str, Json]:
        """Return the properties of all resources of a type by ``Stack/LogicalId``."""
        return {
            f"{stack}/{name}": one["Properties"]
            for stack, template in self.templates.items()
            for name, one in templates.resources(template, kind).items()
        }

    def machines(self) -> Iterator[tuple[str, Json]]:
        """Yield the definitions of all state machines."""
        for template in self.templates.values():
            yield from templates.state_machines(template)


def synthesise(folder: Path, environment: str, *modules: str) -> Assembly:
    """Synthesise in this process."""
    from aws_cdk import App

    from stacks.platform import build

    context = {**CONTEXT, "aws:cdk:disable-stack-trace": True}
    app = App(outdir=str(folder), context=context, analytics_reporting=False)
    penstock = CONTEXT["penstock"] | ({"modules": modules} if modules else {})
    build(app, Settings.of(penstock, environment))
    app.synth()
    return Assembly(folder)


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assembly]:
    """Synthesise both environments, and the first one with fewer modules."""
    use_bundled_node()
    root = tmp_path_factory.mktemp("assemblies")
    wanted: dict[str, tuple[str, ...]] = {
        "dev": ("dev",),
        "prod": ("prod",),
        "data": ("dev", "data"),
        "experimentation": ("dev", "data", "experimentation"),
    }
    with staging.alone():
        return {name: synthesise(root / name, *what) for name, what in wanted.items()}


@pytest.fixture(scope="session")
def dev(assemblies: dict[str, Assembly]) -> Assembly:
    """Return the development environment."""
    return assemblies["dev"]


@pytest.fixture(scope="session")
def prod(assemblies: dict[str, Assembly]) -> Assembly:
    """Return the production environment."""
    return assemblies["prod"]
