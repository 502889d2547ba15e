"""Retention: data go when their contract says so, the evidence that they were there stays.

What is removed of an arrival, in this order: its place in the dataset (a new snapshot without it), the values
in its reports, the partition that SQL engines see, and its objects in the lake and in the landing bucket with
all their versions. Each may be repeated, and the arrival is marked last: what breaks off is taken up by the
next run.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.catalog.evidence import write_snapshot
from penstock.catalog.holds import Hold
from penstock.catalog.records import Arrival, Removal, SnapshotHead
from penstock.catalog.stripping import strip_values
from penstock.errors import NotFound, NotPermitted, UnreadableFile

if TYPE_CHECKING:
    from penstock.catalog.catalog import Catalog
    from penstock.catalog.tables import TableRegistry
    from penstock.governance.audit import AuditTrail
    from penstock.specs import Contract
    from penstock.stores import ObjectStore, ObjectVersion

_ACTOR = "retention"


class DueArrival(BaseModel):
    """An arrival whose time is over."""

    model_config = ConfigDict(frozen=True)

    arrival_id: str
    file_name: str
    status: str
    landed_at: str
    due_at: str
    rows_curated: int | None = None
    rows_quarantined: int | None = None


class Due(BaseModel):
    """What the retention rule of a dataset asks for now.

    Attributes
    ----------
    count
        How many arrivals are due; ``arrivals`` has the oldest of them.
    holds
        Legal holds: while there are any, nothing is removed.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    dataset: str
    rule: str
    at: str
    count: int
    arrivals: tuple[DueArrival, ...]
    holds: tuple[Hold, ...] = ()


def due(catalog: Catalog, use_case: str, dataset: str, *, at: str, limit: int = 1_000) -> Due:
    """Say what is due in a dataset, without removing anything.

    Parameters
    ----------
    at
        The time to judge by, ISO 8601.
    limit
        How many arrivals are listed, the oldest first.

    Raises
    ------
    NotFound
        The dataset never had a contract.
    """
    days, rule = _rule(catalog, use_case, dataset)
    count, oldest = 0, list[tuple[str, DueArrival]]()
    found = (one for one in _over(catalog, use_case, dataset, days=days, at=at))
    while together := list(islice(found, 10_000)):
        count += len(together)
        marked = [(one.due_at + one.arrival_id, one) for one in together]
        oldest = heapq.nsmallest(limit, [*oldest, *marked], key=lambda pair: pair[0])
    return Due(
        use_case=use_case,
        dataset=dataset,
        rule=rule,
        at=at,
        count=count,
        arrivals=tuple(one for _, one in oldest),
        holds=tuple(catalog.holds.active(use_case, dataset)),
    )


@dataclass(frozen=True)
class Retention:
    """What the steps of the workflow need; a handler makes one and keeps it.

    Parameters
    ----------
    renew
        Makes the current table of change data again for a snapshot.
    listed
        Tells the landed files that a manifest lists: of landing bucket, contract, key and version.
    at_once
        How many arrivals one call of :meth:`remove` takes.
    rounds
        How many calls a run makes for one dataset; what is left is for the next run.
    """

    catalog: Catalog
    audit: AuditTrail
    landing: ObjectStore
    lake: ObjectStore
    tables: TableRegistry
    now: Callable[[], str]
    renew: Callable[[SnapshotHead, Contract], object] | None = None
    listed: Callable[[ObjectStore, Contract, str, str], Iterable[str]] | None = None
    at_once: int = 100
    rounds: int = 20

    def plan(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Find the datasets of which something is due and that are not on hold.

        Parameters
        ----------
        request
            ``use_case`` and ``dataset`` for one dataset only; empty for all.

        Returns
        -------
        dict
            ``datasets``, each the work for :meth:`remove`; ``held``, those that a hold protects.
        """
        at, datasets, held = self.now(), list[dict[str, Any]](), list[str]()
        for use_case, dataset in self._asked(request):
            days, _ = _rule(self.catalog, use_case, dataset)
            if next(_over(self.catalog, use_case, dataset, days=days, at=at), None) is None:
                continue
            if self.catalog.holds.active(use_case, dataset):
                held.append(f"{use_case}/{dataset}")
                continue
            place = {"use_case": use_case, "dataset": dataset}
            datasets.append({**place, "since": at, "rounds": self.rounds, "removed": 0})
        return {"datasets": datasets, "held": held}

    def remove(self, work: Mapping[str, Any]) -> dict[str, Any]:
        """Remove the oldest of what is due in a dataset.

        Returns
        -------
        dict
            The work that is left: ``route`` is ``again`` while there is more, else ``changed`` when the
            dataset has a new snapshot since ``since``, named in ``snapshot_id``, else ``done``.
        """
        use_case, dataset = str(work["use_case"]), str(work["dataset"])
        found = due(self.catalog, use_case, dataset, at=self.now(), limit=self.at_once)
        removed = 0 if found.holds else self._remove(found)
        latest = self.catalog.latest(use_case, dataset)
        since, rounds = str(work["since"]), int(work["rounds"]) - 1
        changed = latest is not None and latest.removal is not None and latest.removal.at >= since
        again = removed > 0 and removed < found.count and rounds > 0
        return {
            "use_case": use_case,
            "dataset": dataset,
            "since": since,
            "rounds": rounds,
            "removed": int(work["removed"]) + removed,
            "left": found.count - removed,
            "snapshot_id": latest.id if latest else "",
            "route": "again" if again else "changed" if changed else "done",
        }

    def hold(self, payload: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Put a dataset on hold in the name of the person whose identity was proven."""
        use_case, dataset = self._place(payload)
        reason = str(payload.get("reason", ""))
        placed = self.catalog.holds.place(use_case, dataset, reason=reason, by=by, at=self.now())
        self._record(use_case, "hold placed", by, f"dataset {dataset}", {"hold": placed.id, "reason": reason})
        return placed.model_dump()

    def release(self, payload: Mapping[str, Any], by: str, *, is_approver: bool) -> dict[str, Any]:
        """End a hold; only an approver may.

        Raises
        ------
        NotPermitted
            The person does not act under the approver's role. The attempt is audited.
        """
        use_case, dataset = self._place(payload)
        facts = {"hold": str(payload.get("hold", "")), "reason": str(payload.get("reason", ""))}
        subject = f"dataset {dataset}"
        if not is_approver:
            self._record(use_case, "release refused", by, subject, facts)
            raise NotPermitted(
                "Only an approver may release a legal hold.",
                found=by,
                where=f"{use_case}/{dataset}",
                action="Ask a colleague with the approver role.",
            )
        released = self.catalog.holds.release(
            use_case, dataset, by=by, reason=facts["reason"], at=self.now(), identifier=facts["hold"]
        )
        self._record(use_case, "hold released", by, subject, {**facts, "hold": released.id})
        return released.model_dump()

    def _asked(self, request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        if request.get("use_case"):
            return iter([self._place(request)])
        return self.catalog.known()

    def _place(self, payload: Mapping[str, Any]) -> tuple[str, str]:
        """Return the dataset that is asked about; it must have a contract, or have had one."""
        use_case, dataset = str(payload.get("use_case", "")), str(payload.get("dataset", ""))
        _rule(self.catalog, use_case, dataset)
        return use_case, dataset

    def _remove(self, found: Due) -> int:
        """Remove what was found and say how many; a hold that is placed meanwhile stops it at once."""
        ids = tuple(one.arrival_id for one in found.arrivals)
        if not ids:
            return 0
        why = Removal(arrivals=ids, at=self.now(), by=_ACTOR, rule=found.rule)
        self.catalog.snapshots.remove(found.use_case, found.dataset, why)
        latest = self.catalog.latest(found.use_case, found.dataset)
        if latest is not None and latest.removal is not None:
            write_snapshot(self.lake, latest)
            self._renew(latest)
        for done, one in enumerate(ids):
            if self.catalog.holds.active(found.use_case, found.dataset):
                return done
            self._erase(self.catalog.arrival(found.use_case, found.dataset, one), found.rule)
        return len(ids)

    def _renew(self, head: SnapshotHead) -> None:
        """Make the current table of change data again, and remove those that were made before."""
        contract, _ = _contract(self.catalog, head.use_case, head.dataset)
        if contract.changes is None or self.catalog.holds.active(head.use_case, head.dataset):
            return
        if self.renew is not None and head.part_count:
            self.renew(head, contract)
        every = self.lake.versions(f"current/{head.use_case}/{head.dataset}/")
        self.lake.erase([one for one in every if head.id not in one.key])

    def _erase(self, arrival: Arrival, rule: str) -> None:
        """Remove an arrival's data, keep its evidence, and mark it."""
        reports = self._strip_reports(arrival)
        self.tables.drop_partition(arrival.use_case, arrival.dataset, arrival_id=arrival.id)
        for prefix in _prefixes(arrival):
            self.lake.erase(list(self.lake.versions(prefix)))
        self._erase_landed(arrival)
        facts = {
            "file": arrival.file_name,
            "landed": arrival.object.model_dump(),
            "status": str(arrival.status),
            "rows_curated": arrival.rows_curated,
            "rows_quarantined": arrival.rows_quarantined,
            "snapshot_id": arrival.snapshot_id,
            "rule": rule,
            "reports": reports,
        }
        subject = f"dataset {arrival.dataset}, arrival {arrival.id}"
        self._record(arrival.use_case, "data removed", _ACTOR, subject, facts, once=True)
        self.catalog.note(arrival, removed_at=self.now())

    def _erase_landed(self, arrival: Arrival) -> None:
        """Remove the version that landed; versions of the same name that landed at other times stay."""
        key, version = arrival.object.key, arrival.object.version
        every = [one for one in self.landing.versions(key) if one.key == key]
        own = [one for one in every if one.version == version and not one.marker]
        others = [one for one in every if one.version != version and not one.marker]
        self._erase_listed(arrival)
        self.landing.erase([*own, *(one for one in every if one.marker and not others)])

    def _erase_listed(self, arrival: Arrival) -> None:
        """Remove the files of a database export: their versions from before its manifest landed."""
        contract, _ = _contract(self.catalog, arrival.use_case, arrival.dataset)
        if self.listed is None or not contract.format.manifest:
            return
        landed = datetime.fromisoformat(arrival.landed_at or arrival.received_at)
        with suppress(NotFound, UnreadableFile):
            for key in self.listed(self.landing, contract, arrival.object.key, arrival.object.version):
                versions = (one for one in self.landing.versions(key) if one.key == key)
                # Those of later exports under the same name stay.
                self.landing.erase(
                    [one for one in versions if datetime.fromisoformat(one.modified) <= landed]
                )

    def _strip_reports(self, arrival: Arrival) -> dict[str, str]:
        """Keep the reports without values of the data; return the hash of what is kept, by name."""
        prefix, kept = f"reports/{arrival.use_case}/{arrival.dataset}/{arrival.id}/", dict[str, str]()
        for key in sorted({one.key for one in self.lake.versions(prefix)}):
            old, data = list(self._of(key)), self._stripped(key)
            if data is not None:
                if self.lake.read(key) != data:
                    self.lake.write(key, data, content_type="application/json")
                newest = self.lake.head(key).version
                old = [one for one in self._of(key) if one.version != newest]
                kept[key.removeprefix(prefix)] = hashlib.sha256(data).hexdigest()
            self.lake.erase(old)
        return kept

    def _of(self, key: str) -> Iterator[ObjectVersion]:
        return (one for one in self.lake.versions(key) if one.key == key)

    def _stripped(self, key: str) -> bytes | None:
        """Return a JSON report without values; None for what cannot be stripped, and goes."""
        if not key.endswith(".json"):
            return None
        try:
            document = json.loads(self.lake.read(key))
        except (NotFound, ValueError):
            return None
        return json.dumps(strip_values(document)).encode()

    def _record(
        self,
        use_case: str,
        action: str,
        by: str,
        subject: str,
        details: dict[str, Any],
        *,
        once: bool = False,
    ) -> None:
        self.audit.append(
            use_case, action=action, actor=by, subject=subject, at=self.now(), details=details, once=once
        )


def _rule(catalog: Catalog, use_case: str, dataset: str) -> tuple[int, str]:
    """Return for how many days a dataset's data are kept, and the rule in words."""
    contract, number = _contract(catalog, use_case, dataset)
    return contract.retention_days, f"retention_days {contract.retention_days} of contract version {number}"


def _contract(catalog: Catalog, use_case: str, dataset: str) -> tuple[Contract, int]:
    """Return the contract in force, or the last one if none is (any more)."""
    version = catalog.contracts.in_force(use_case, dataset)
    if version is None:
        every = catalog.contracts.history(use_case, dataset)
        if not every:
            catalog.use_case(use_case)
            raise NotFound("The dataset has no contract.", found=f"{use_case}/{dataset}")
        version = every[-1]
    return catalog.contracts.contract(version), version.number


def _over(catalog: Catalog, use_case: str, dataset: str, *, days: int, at: str) -> Iterator[DueArrival]:
    """Yield the arrivals that landed longer ago than so many days and still have their data."""
    latest = datetime.fromisoformat(at) - timedelta(days=days)
    for one in catalog.each_arrival(use_case, dataset):
        # A replay is judged by when its file landed.
        landed = one.landed_at or one.received_at
        moment = datetime.fromisoformat(landed)
        if one.removed_at is None and moment <= latest:
            due_at = (moment + timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            yield DueArrival(
                arrival_id=one.id,
                file_name=one.file_name,
                status=one.status,
                landed_at=landed,
                due_at=due_at,
                rows_curated=one.rows_curated,
                rows_quarantined=one.rows_quarantined,
            )


def _prefixes(arrival: Arrival) -> tuple[str, ...]:
    """Return where an arrival's data lie in the lake."""
    place = f"{arrival.use_case}/{arrival.dataset}"
    return (
        f"curated/{place}/arrival={arrival.id}/",
        f"quarantine/{place}/arrival={arrival.id}/",
        f"refused/{place}/{arrival.id}/",
        f"requests/onboard/{arrival.id}/",
    )
