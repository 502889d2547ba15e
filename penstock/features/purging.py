"""Features of rows that were removed: the files of before go for good, when those made anew count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import NotFound
from penstock.features.manifests import read_feature_manifest
from penstock.features.materialisations import Materialisation, Materialisations, ViewPlace

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.governance.audit import AuditTrail
    from penstock.stores import ObjectStore

_ACTOR = "features"


@dataclass(frozen=True)
class Purge:
    """What the step needs; a handler makes one and keeps it."""

    catalog: Catalog
    known: Materialisations
    audit: AuditTrail
    lake: ObjectStore
    now: Callable[[], str]

    def purge(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Remove what was written before views were made anew; the same again changes nothing.

        Parameters
        ----------
        told
            Detail of the event; ``renewed`` names the views with their versions and writes; ``discarded``
            names writes that do not count because an entity was erased meanwhile.

        Returns
        -------
        dict
            The detail as it was, ``renewed`` left out.
        """
        use_case, dataset = str(told["use_case"]), str(told["dataset"])
        for one in told.get("discarded", ()):
            self._discard(
                ViewPlace(use_case, str(one["view"]), int(one["version"])), str(one["materialisation"])
            )
        if not self.catalog.holds.active(use_case, dataset):
            for one in told["renewed"]:
                place = ViewPlace(use_case, str(one["view"]), int(one["version"]))
                self._purge(place, str(one["materialisation"]))
        return {name: value for name, value in told.items() if name != "renewed"}

    def _discard(self, place: ViewPlace, identifier: str) -> None:
        """Remove what a write has left in the lake that does not count, and never did."""
        if any(one.id == identifier for one in self.known.every(place)):
            return
        names = {f"{identifier}.parquet", f"{identifier}.json"}
        every = self.lake.versions(f"{place.prefix}/")
        self.lake.erase(one for one in every if one.key.rpartition("/")[2] in names)

    def _purge(self, place: ViewPlace, renewed: str) -> None:
        """Remove all earlier writes of a view; one that is still being written is none of them."""
        every = list(self.known.every(place))
        own = next(number for number, one in enumerate(every) if one.id == renewed)
        kept = {key for one in every[: own + 1] for key in self._keys(place, one)}
        older = every[own + 1 :]
        ids = {one.id for one in (*older, *self.known.begun(place, before=every[own].sequence))}
        gone = [
            one
            for one in self.lake.versions(f"{place.prefix}/")
            if one.key not in kept and one.key.rpartition("/")[2].rpartition(".")[0] in ids
        ]
        count = self.lake.erase(gone)
        for one in older:
            self.known.amend(place, one.model_copy(update={"removed_at": self.now()}))
        if count:
            self.audit.append(
                place.use_case, action="features removed", actor=_ACTOR, at=self.now(), once=True,
                subject=f"view {place.view} v{place.version}, before {renewed}",
                details={"object_versions": count, "writes": [one.id for one in older]},
            )  # fmt: skip

    def _keys(self, place: ViewPlace, one: Materialisation) -> Iterator[str]:
        """Yield the objects that a write consists of."""
        yield place.manifest(one.id)
        try:
            yield from (file.key for file in read_feature_manifest(self.lake, place, one.id).files)
        except NotFound:
            return
