"""What the catalogue keeps of feature views, on-demand features and services."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from penstock.specs.features import Sensitivity

Kind = Literal["view", "on_demand", "service"]
KINDS: tuple[Kind, ...] = ("view", "on_demand", "service")
"""In the order in which one builds on the other."""

Action = Literal[
    "registered", "proposed", "approved", "rejected", "superseded", "described", "deprecated", "restored",
    "retired",
]  # fmt: skip


class Status(StrEnum):
    """Where a version of a definition is."""

    PROPOSED = "proposed"
    """It waits for a person's decision, or for a view that does; the version before stays in force."""
    IN_FORCE = "in_force"
    """It is computed."""
    DEPRECATED = "deprecated"
    """It is computed still, for those who use it; nobody should begin to."""
    RETIRED = "retired"
    """It is computed no longer."""
    REJECTED = "rejected"
    """A person refused it."""
    SUPERSEDED = "superseded"
    """Another version was registered before anybody decided."""


APPROVED = frozenset({Status.IN_FORCE, Status.DEPRECATED})
"""What is computed."""

LIVE = APPROVED | {Status.RETIRED}
"""What is or was computed: its computation never changes."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Change(_Record):
    """A line of a definition's history; none is ever changed or removed.

    Attributes
    ----------
    document
        Digest of what the definition said from then on.
    """

    at: str
    by: str
    action: Action
    status: Status
    reason: str = ""
    document: str = ""


class Ending(_Record):
    """Why something should not be used any more.

    Attributes
    ----------
    cause
        ``definition``: it says so itself; ``person``: somebody said so; ``replaced``: a newer version is in
        force; ``undeclared``: the use case does not have it any more.
    """

    cause: Literal["definition", "person", "replaced", "undeclared"]
    since: str
    reason: str
    replaced_by: str = ""
    by: str = ""


class Pin(_Record):
    """A version of a view, or of an on-demand feature, that something else is made of."""

    kind: Kind
    name: str
    version: int

    def __str__(self) -> str:
        """Write it as people refer to it."""
        return f"{self.name}@{self.version}"


class Definition(_Record):
    """A version of a feature view, an on-demand feature or a feature service.

    Attributes
    ----------
    version
        Of a view as declared; the others are numbered by the catalogue.
    digest
        Of what decides the values; meaning, tags, owner and deprecation do not.
    document
        Digest of all that it says.
    needs
        Why a person has to approve it; empty when nobody has to.
    proposed_by
        Who registered what it says now, and so may not approve it.
    pins
        What a service is made of.
    """

    use_case: str
    kind: Kind
    name: str
    version: int
    digest: str
    document: str
    status: Status
    registered_by: str
    registered_at: str
    proposed_by: str
    needs: tuple[str, ...] = ()
    decided_by: str = ""
    decided_at: str = ""
    reason: str = ""
    ending: Ending | None = None
    ended_features: dict[str, Ending] = {}
    history: tuple[Change, ...] = ()
    pins: tuple[Pin, ...] = ()
    owner: str = ""
    meaning: str = ""
    tags: tuple[str, ...] = ()
    entity: str = ""
    dataset: str = ""
    sensitivity: Sensitivity = "none"
    feature_count: int = 0
    online: bool = False

    @property
    def reference(self) -> str:
        """How people refer to it, such as ``customer_history@2``."""
        return f"{self.name}@{self.version}"

    @property
    def computed(self) -> bool:
        """Whether it has values now."""
        return self.status in APPROVED

    def changed(self, action: Action, *, by: str, at: str, because: str = "", **facts: Any) -> Definition:
        """Return it with other facts, and a line of history that tells of it."""
        after = self.model_copy(update=facts)
        line = Change(
            at=at, by=by, action=action, status=after.status, reason=because, document=after.document
        )
        return after.model_copy(update={"history": (*self.history, line)})


class ViewUse(_Record):
    """What a model uses of a view."""

    view: str
    version: int
    features: tuple[str, ...]


class ModelUse(_Record):
    """What features a version of a model was trained with."""

    use_case: str
    model: int
    at: str
    run_id: str = ""
    views: tuple[ViewUse, ...] = ()
    on_demand: tuple[Pin, ...] = ()
    service: Pin | None = None

    def uses(self, kind: Kind, name: str, version: int | None = None, feature: str = "") -> bool:
        """Say whether it uses a definition, or a feature of a view."""
        if kind == "view":
            return any(
                one.view == name
                and version in {None, one.version}
                and (not feature or feature in one.features)
                for one in self.views
            )
        pins = self.on_demand if kind == "on_demand" else (self.service,) if self.service else ()
        return any(pin.name == name and version in {None, pin.version} for pin in pins)
