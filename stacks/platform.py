"""The whole platform of one environment: which stacks, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack, Tags

from stacks import staging
from stacks.data import Data
from stacks.foundation import Foundation
from stacks.governance import Governance
from stacks.monitoring import Monitoring
from stacks.repositories import Repositories
from stacks.serving import Serving
from stacks.training import Training

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_STACKS: dict[str, tuple[type[Stack], ...]] = {
    "data": (Foundation, Repositories, Governance, Data),
    "experimentation": (Training,),
    "production": (Serving, Monitoring),
}
_AFTER: dict[type[Stack], tuple[type[Stack], ...]] = {
    Repositories: (Foundation,),
    Governance: (Repositories,),
    Data: (Repositories,),
    Training: (Repositories,),
    Serving: (Repositories,),
    Monitoring: (Training,),
}


def build(app: Construct, settings: Settings) -> dict[type[Stack], Stack]:
    """Add the stacks of an environment's modules to an app.

    Returns
    -------
    dict
        The stacks by their class.
    """
    staging.stage_handlers()
    built: dict[type[Stack], Stack] = {}
    for module in settings.modules:
        for kind in _STACKS[module]:
            name = f"Penstock-{settings.environment}-{kind.__name__}"
            built[kind] = kind(app, name, settings=settings)  # type: ignore[call-arg]
            for before in _AFTER.get(kind, ()):
                built[kind].add_stack_dependency(built[before])
            Tags.of(built[kind]).add("penstock:environment", settings.environment)
    return built
