"""Finding what is in the catalogue."""

from __future__ import annotations

from penstock.features.catalogue.definitions import Definitions, Stored
from penstock.features.catalogue.effective import current
from penstock.features.catalogue.records import KINDS, Definition, Kind, Status
from penstock.features.catalogue.references import Reference, parse_reference
from penstock.specs.feature_sets import narrowed
from penstock.specs.features import FeatureService, FeatureView, OnDemandFeature

Spec = FeatureView | OnDemandFeature | FeatureService
_SPECS: dict[Kind, type[Spec]] = {
    "view": FeatureView,
    "on_demand": OnDemandFeature,
    "service": FeatureService,
}


class Lookup:
    """What can be read of definitions, by name and version."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    def definitions(self, use_case: str = "", *, kind: Kind | None = None) -> list[Definition]:
        """Return all versions of all definitions of a use case, or of all use cases."""
        names = [use_case] if use_case else self._definitions.use_cases()
        return [one.definition for name in names for one in self._definitions.all(name, kind)]

    def versions(self, use_case: str, kind: Kind, name: str) -> list[Definition]:
        """Return the versions of a definition, the oldest first."""
        return [one.definition for one in self._definitions.all(use_case, kind, name)]

    def find(self, use_case: str, reference: str | Reference) -> Definition:
        """Return what somebody refers to: a version, else the one in force, else the newest.

        Parameters
        ----------
        reference
            Such as ``customer_history``, ``customer_history@2`` or ``service:collections``; see
            :func:`~penstock.features.catalogue.references.parse_reference`.

        Raises
        ------
        NotFound
            There is none.
        """
        return self.stored(use_case, reference).definition

    def resolve(self, use_case: str, reference: str) -> tuple[Definition, str]:
        """Return a definition and the feature of it that is referred to; empty for all of it.

        Raises
        ------
        NotFound
            There is no such definition, or it does not have the feature.
        """
        wanted = parse_reference(reference)
        found = self.find(use_case, wanted)
        if wanted.feature and wanted.feature not in self.features_of(found):
            raise self._definitions.unknown(use_case, reference)
        return found, wanted.feature

    def current(self, use_case: str, kind: Kind, name: str) -> Definition | None:
        """Return the version that is computed now, or None."""
        return current(self._definitions.all(use_case, kind, name))

    def document(self, definition: Definition) -> Spec:
        """Return what a definition says."""
        said = self._definitions.said(definition.use_case, definition.document).document
        return _SPECS[definition.kind].model_validate(said)

    def types(self, definition: Definition) -> dict[str, str]:
        """Return the types of a view's features, or of an on-demand feature, as they were registered."""
        return dict(self._definitions.said(definition.use_case, definition.document).types)

    def features_of(self, definition: Definition) -> tuple[str, ...]:
        """Return the names of the features of a view, of what a service takes, or of an on-demand feature."""
        said = self.document(definition)
        if isinstance(said, FeatureView):
            return tuple(feature.name for feature in said.features)
        if isinstance(said, OnDemandFeature):
            return (said.name,)
        views = {pin.name: self.view(definition.use_case, pin.name, pin.version)
                 for pin in definition.pins if pin.kind == "view"}  # fmt: skip
        taken = (feature.name for view in narrowed(said, views) for feature in view.features)
        return (*taken, *said.on_demand)

    def view(self, use_case: str, name: str, version: int) -> FeatureView:
        """Return a view in any version that was ever registered.

        Raises
        ------
        NotFound
            There is none.
        """
        found = self.document(self._definitions.find(use_case, "view", name, version).definition)
        assert isinstance(found, FeatureView)  # noqa: S101 - that is what the kind says
        return found

    def waiting(self, use_case: str = "") -> list[Definition]:
        """Return what waits: for a person, or for something else that does."""
        return [one for one in self.definitions(use_case) if one.status is Status.PROPOSED]

    def proposal(self, use_case: str, reference: str) -> Definition | None:
        """Return the version that waits of what somebody refers to; None when none does."""
        found = self.stored(use_case, reference, status=Status.PROPOSED).definition
        return found if found.status is Status.PROPOSED else None

    def stored(self, use_case: str, reference: str | Reference, status: Status | None = None) -> Stored:
        """Return what somebody refers to with its revision, a version of a status before others."""
        wanted = parse_reference(reference) if isinstance(reference, str) else reference
        kinds = (wanted.kind,) if wanted.kind else KINDS
        for kind in kinds:
            found = self._definitions.all(use_case, kind, wanted.name)
            if wanted.version:
                found = [one for one in found if one.definition.version == wanted.version]
            if found:
                return _chosen(found, status)
        raise self._definitions.unknown(use_case, str(wanted))


def _chosen(found: list[Stored], status: Status | None) -> Stored:
    """Return the version of a status, else the one that is computed, else the newest."""
    now = current(found)
    wanted = [one for one in found if one.definition.status is status]
    computed = [one for one in found if one.definition == now]
    return (wanted or computed or found)[-1]
