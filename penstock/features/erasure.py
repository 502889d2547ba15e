"""Erasure: one entity goes from the online store and from every file of the offline store, in all versions.

In this order: the entity is noted as erased, by a keyed hash, so that no job computes it again; the files of
every version of every view are written anew without its rows, and their older versions removed for good; its
item of the online store goes; the counts in the manifests are corrected. Each may be repeated. The evidence
that stays, an audit record and a certificate, does not hold the key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict

from penstock.errors import InvalidSpec, NotFound, NotPermitted
from penstock.features.erased import ErasedEntities, ErasedEntity, key_hash
from penstock.features.erasing import ErasedFile, erase_file
from penstock.features.manifests import read_feature_manifest, write_feature_manifest
from penstock.features.materialisations import Materialisations, ViewPlace
from penstock.features.offline import FeatureFile, FeatureManifest
from penstock.specs import FeatureView

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.features.catalogue import FeatureCatalogue
    from penstock.governance.audit import AuditTrail
    from penstock.stores import ObjectStore

_JSON = "application/json"


class OnlineEntities(Protocol):
    """The online store, as erasure needs it."""

    def erase(self, use_case: str, entity: str, key: Any) -> bool:
        """Remove all features of one entity; tell whether there were any."""
        ...


class ErasureRequest(BaseModel):
    """What was asked; kept as an object that goes with the erasure, because it holds the key."""

    model_config = ConfigDict(frozen=True)

    id: str
    use_case: str
    entity: str
    key: str
    reason: str
    requested_by: str
    requested_at: str
    files: dict[str, ErasedFile] = {}
    """What was done so far, by the keys of the files that held the entity."""


class ErasedView(BaseModel):
    """What was removed of a version of a view."""

    model_config = ConfigDict(frozen=True)

    view: str
    version: int
    files: int
    rows: int
    manifests: int


class Certificate(BaseModel):
    """The evidence of an erasure."""

    model_config = ConfigDict(frozen=True)

    id: str
    use_case: str
    entity: str
    key_hash: str
    reason: str
    requested_by: str
    requested_at: str
    erased_at: str
    online: bool
    views: tuple[ErasedView, ...]
    object_versions: int
    """How many versions of objects were removed for good."""


@dataclass(frozen=True)
class Erasure:
    """What the steps need; a handler makes one and keeps it.

    Parameters
    ----------
    hash_key
        Gives the secret of the keyed hash.
    at_once
        How many files one call looks at.
    """

    catalog: Catalog
    features: FeatureCatalogue
    known: Materialisations
    erased: ErasedEntities
    online: OnlineEntities
    audit: AuditTrail
    lake: ObjectStore
    hash_key: Callable[[], bytes]
    now: Callable[[], str]
    at_once: int = 500

    def ask(
        self, payload: Mapping[str, Any], by: str, *, identifier: str, is_approver: bool
    ) -> dict[str, str]:
        """Note that an entity is to be erased, in the name of an approver whose identity was proven.

        Raises
        ------
        NotPermitted
            The person is no approver, or data of the entity are on hold. The attempt is audited.
        NotFound
            The use case has no such entity.
        """
        wanted = ErasureRequest(
            id=identifier, use_case=_text(payload, "use_case"), entity=_text(payload, "entity"),
            key=_text(payload, "key"), reason=_text(payload, "reason"), requested_by=by,
            requested_at=self.now(),
        )  # fmt: skip
        views = [view for _, view in self._views(wanted)]
        if not views:
            raise NotFound(
                "The use case has no features of this entity.", found=wanted.entity, where=wanted.use_case
            )
        hashed = key_hash(wanted.key, self.hash_key(), entity=wanted.entity)
        self._refuse(wanted, hashed, {view.dataset for view in views}, is_approver=is_approver)
        self.erased.add(wanted.use_case, ErasedEntity(
            entity=wanted.entity, key_hash=hashed, erasure=wanted.id, at=wanted.requested_at, by=by
        ))  # fmt: skip
        self._keep(wanted)
        self._record(wanted, "erasure asked", hashed, {})
        return {"use_case": wanted.use_case, "id": wanted.id, "key_hash": hashed}

    def erase(self, work: Mapping[str, Any]) -> dict[str, Any]:
        """Remove the entity from the next files, and at last from all else.

        Returns
        -------
        dict
            ``route`` is ``again`` while there are more files, else ``done`` with the certificate's key.
        """
        use_case, identifier = str(work["use_case"]), str(work["id"])
        certificate = f"erasures/{use_case}/{identifier}.json"
        if any(self.lake.keys(certificate)):
            return {"route": "done", "use_case": use_case, "id": identifier, "certificate": certificate}
        wanted = ErasureRequest.model_validate_json(self.lake.read(_request(use_case, identifier)))
        after, seen = str(work.get("after", "")), 0
        for place, view in self._views(wanted):
            for key in self.lake.keys(f"{place.prefix}/data/"):
                if key <= after:
                    continue
                if seen == self.at_once:
                    self._keep(wanted)
                    return {"route": "again", "use_case": use_case, "id": identifier, "after": after}
                wanted, after, seen = self._from_file(wanted, view, key), key, seen + 1
        return {"route": "done", "use_case": use_case, "id": identifier,
                "certificate": self._close(wanted, certificate)}  # fmt: skip

    def _from_file(self, wanted: ErasureRequest, view: FeatureView, key: str) -> ErasureRequest:
        """Write a file anew without the entity, if it holds it, and forget its older versions."""
        found = erase_file(
            self.lake, key, view.entity, wanted.key, lambda one: self._keep(_with(wanted, key, one))
        )
        newest, before = self.lake.head(key).version, wanted.files.get(key)
        older = (one for one in self.lake.versions(key) if one.key == key and one.version != newest)
        gone = self.lake.erase(older)
        if found is None and not gone:
            return wanted
        done = found or before or ErasedFile(rows_left=-1, bytes=-1)
        versions = gone + (before.versions if before else 0)
        return _with(wanted, key, done.model_copy(update={"versions": versions}))

    def _close(self, wanted: ErasureRequest, certificate: str) -> str:
        """Remove the online item, correct the manifests, write the evidence, and forget the request."""
        online = self.online.erase(wanted.use_case, wanted.entity, wanted.key)
        views = tuple(self._corrected(wanted, place) for place, _ in self._views(wanted))
        hashed = key_hash(wanted.key, self.hash_key(), entity=wanted.entity)
        evidence = Certificate(
            **wanted.model_dump(exclude={"key", "files"}), key_hash=hashed, erased_at=self.now(),
            online=online, views=views, object_versions=sum(one.versions for one in wanted.files.values()),
        )  # fmt: skip
        told = {"online": online, "certificate": certificate, "views": [one.model_dump() for one in views]}
        self._record(wanted, "entity erased", hashed, told)
        self.lake.write(certificate, evidence.model_dump_json(indent=1).encode(), content_type=_JSON)
        request = _request(wanted.use_case, wanted.id)
        self.lake.erase([one for one in self.lake.versions(request) if one.key == request])
        return certificate

    def _corrected(self, wanted: ErasureRequest, place: ViewPlace) -> ErasedView:
        """Correct the counts of a view's manifests."""
        own = {
            key: one
            for key, one in wanted.files.items()
            if key.startswith(f"{place.prefix}/data/") and one.rows
        }
        count = 0
        for done in self.known.every(place):
            before = read_feature_manifest(self.lake, place, done.id)
            after = _without(before, own)
            if after == before:
                continue
            count += 1
            write_feature_manifest(self.lake, place, done.id, after)
            key, newest = place.manifest(done.id), self.lake.head(place.manifest(done.id)).version
            self.lake.erase(
                one for one in self.lake.versions(key) if one.key == key and one.version != newest
            )
            size = sum(file.bytes for file in after.files)
            self.known.amend(place, done.model_copy(
                update={"rows": after.rows, "entities": after.entities, "bytes": size}
            ))  # fmt: skip
        return ErasedView(view=place.view, version=place.version, files=len(own),
                          rows=sum(one.rows for one in own.values()), manifests=count)  # fmt: skip

    def _views(self, wanted: ErasureRequest) -> Iterator[tuple[ViewPlace, FeatureView]]:
        """Yield every version of every view of the entity that there ever was, in a fixed order."""
        known = self.features.definitions(wanted.use_case, kind="view")
        for one in sorted(known, key=lambda one: (one.name, one.version)):
            view = self.features.document(one)
            if isinstance(view, FeatureView) and view.entity.name == wanted.entity:
                yield ViewPlace(wanted.use_case, one.name, one.version), view

    def _refuse(self, wanted: ErasureRequest, hashed: str, datasets: set[str], *, is_approver: bool) -> None:
        """Refuse who may not ask, and what is on hold."""
        holds = [
            hold for name in sorted(datasets) for hold in self.catalog.holds.active(wanted.use_case, name)
        ]
        if is_approver and not holds:
            return
        why = {"holds": [hold.id for hold in holds], "approver": is_approver}
        self._record(wanted, "erasure refused", hashed, why)
        if not is_approver:
            raise NotPermitted(
                "Only an approver may have an entity erased.", found=wanted.requested_by,
                where=wanted.use_case, action="Ask a colleague with the approver role.",
            )  # fmt: skip
        raise NotPermitted(
            "A legal hold protects data of this entity.",
            found=", ".join(f"{hold.dataset}: {hold.reason}" for hold in holds),
            where=wanted.use_case, action="Erase it when the holds are released: penstock dataset release.",
        )  # fmt: skip

    def _keep(self, wanted: ErasureRequest) -> None:
        data = wanted.model_dump_json().encode()
        self.lake.write(_request(wanted.use_case, wanted.id), data, content_type=_JSON)

    def _record(self, wanted: ErasureRequest, action: str, hashed: str, details: dict[str, Any]) -> None:
        self.audit.append(
            wanted.use_case, action=action, actor=wanted.requested_by, at=self.now(), once=True,
            subject=f"entity {wanted.entity}, erasure {wanted.id}",
            details={"key_hash": hashed, "reason": wanted.reason, **details},
        )  # fmt: skip


def _without(manifest: FeatureManifest, erased: Mapping[str, ErasedFile]) -> FeatureManifest:
    """Return a manifest with the counts that are left."""
    touched = [erased[file.key] for file in manifest.files if file.key in erased]
    if not touched:
        return manifest
    files = tuple(
        FeatureFile(key=file.key, rows=erased[file.key].rows_left, bytes=erased[file.key].bytes)
        if file.key in erased else file
        for file in manifest.files
    )  # fmt: skip
    if files == manifest.files:
        return manifest
    live = {moment for one in touched for moment in one.moments}
    return manifest.model_copy(update={
        "files": files, "rows": manifest.rows - len(live), "entities": manifest.entities - bool(live),
    })  # fmt: skip


def _with(wanted: ErasureRequest, key: str, one: ErasedFile) -> ErasureRequest:
    """Return a request that knows what was done to one more file."""
    return wanted.model_copy(update={"files": {**wanted.files, key: one}})


def _request(use_case: str, identifier: str) -> str:
    return f"requests/erasures/{use_case}/{identifier}.json"


def _text(payload: Mapping[str, Any], name: str) -> str:
    """Return a text of a request that must not be empty."""
    found = payload.get(name)
    if not isinstance(found, str) or not found.strip():
        raise InvalidSpec("The request lacks something.", expected=name, action="Give it.")
    return found
