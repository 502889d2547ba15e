"""The catalogue: registered use cases and their contracts, arrivals, snapshots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from penstock.catalog.arrivals import Arrivals
from penstock.catalog.batches import Batches
from penstock.catalog.contracts import Contracts
from penstock.catalog.holds import Holds
from penstock.catalog.lineage import Edge, Lineage
from penstock.catalog.metadata import Metadata, Operations
from penstock.catalog.records import Arrival, Evidence, Failure, Part, Snapshot, SnapshotHead, Status
from penstock.catalog.snapshots import Snapshots
from penstock.catalog.turns import Turns
from penstock.errors import Conflict, NotFound, UnregisteredDataset
from penstock.specs import Contract, FeatureView, UseCase
from penstock.stores import Item, ItemStore
from penstock.stores.pieces import get_document, put_document


class Catalog:
    """What is known about data, on one table.

    Parameters
    ----------
    items
        A table of its own. Items stay small: profiles and reports are objects, named here by their keys.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> from penstock.stores import MemoryItems
    >>> catalog = Catalog(MemoryItems())
    >>> use_case = load_use_case(Path("examples/breast_cancer"))
    >>> _ = catalog.register(use_case, by="ann", at="2025-01-01T00:00:00.000Z")
    >>> catalog.contract("breast_cancer", "samples").owner
    'diagnostics'
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items
        self.contracts = Contracts(items)
        self.turns = Turns(items)
        self.batches = Batches(items)
        self._arrivals = Arrivals(items)
        self._snapshots = Snapshots(items)
        self.holds = Holds(items)
        self.lineage, self.metadata = Lineage(items), Metadata(items)

    def register(self, use_case: UseCase, *, by: str, at: str) -> str:
        """Store a use case as the current one of its name; the same again changes nothing.

        A version of each contract is proposed; see :meth:`Contracts.propose`. One that would need no
        approval needs it all the same when the one in force does.

        Returns
        -------
        str
            The digest of the use case; earlier ones stay in the table's history.
        """
        pk, digest = f"usecase#{use_case.name}", use_case.digest
        current = self._items.get(pk, "current")
        if current is not None and current["digest"] == digest:
            return digest
        for contract in use_case.datasets:
            self._remember(use_case.name, contract.dataset)
            needed = use_case.needs_approval(contract) or self._guarded(use_case, contract.dataset, current)
            self.contracts.propose(use_case.name, contract, by=by, at=at, needs_approval=needed)
            self._items.put(
                {"pk": pk, "sk": f"contract#{digest}#{contract.dataset}", "document": _dump(contract)}
            )
            self._items.put(_entry(use_case, contract))
        for view in use_case.features:
            put_document(self._items, pk, f"view#{digest}#{view.name}", _dump(view))
        document = use_case.model_dump(mode="json", exclude_defaults=True, exclude={"datasets", "features"})
        record = {"digest": digest, "document": document, "by": by, "at": at}
        record["datasets"] = datasets = [contract.dataset for contract in use_case.datasets]
        record["views"] = [view.name for view in use_case.features]
        with suppress(Conflict):
            self._items.put({"pk": pk, "sk": f"registered#{at}#{digest}", **record}, expect=0)
        self._items.put({"pk": pk, "sk": "current", **record})
        for dropped in set(current["datasets"] if current else ()) - set(datasets):
            self._items.delete("datasets", f"{use_case.name}/{dropped}")
        return digest

    def use_case(self, name: str) -> UseCase:
        """Return the current use case of a name.

        Raises
        ------
        NotFound
            None is registered under the name.
        """
        current = self._items.get(f"usecase#{name}", "current")
        if current is None:
            raise NotFound("There is no such use case.", found=name, action="Register it: penstock register.")
        contracts = [self._contract(name, current["digest"], dataset) for dataset in current["datasets"]]
        content = {**current["document"], "datasets": contracts}
        if "views" in current:
            keys = (f"view#{current['digest']}#{view}" for view in current["views"])
            content["features"] = [get_document(self._items, f"usecase#{name}", key) for key in keys]
        return UseCase.model_validate(content)

    def registered_by(self, name: str) -> str:
        """Return who registered the current version of a use case."""
        current = self._items.get(f"usecase#{name}", "current")
        return str(current["by"]) if current else ""

    def registered_at(self, name: str) -> str:
        """Return when the current version of a use case was registered."""
        current = self._items.get(f"usecase#{name}", "current")
        return str(current["at"]) if current else ""

    def contract(self, use_case: str, dataset: str) -> Contract:
        """Return the contract that a dataset's files must meet.

        Raises
        ------
        UnregisteredDataset
            No current use case declares the dataset.
        """
        current = self._items.get(f"usecase#{use_case}", "current")
        if current is None or dataset not in current["datasets"]:
            raise UnregisteredDataset(
                "No registered use case expects this dataset.",
                found=f"{use_case}/{dataset}",
                expected=self._expected(current),
                action="Register the use case with the dataset's contract, then upload the file again.",
            )
        return Contract.model_validate(self._contract(use_case, current["digest"], dataset))

    def begin(self, arrival: Arrival) -> Arrival:
        """Register an arrival; one that is known is returned as it stands, unless it failed.

        A failed one is received again. Compare ``execution`` with your own to see whether another run
        was first.
        """
        return self._arrivals.begin(arrival)

    def accept(
        self, use_case: str, dataset: str, arrival_id: str, *, rows: dict[str, int], report_key: str, at: str
    ) -> Arrival:
        """Record that an arrival's good rows are curated.

        Parameters
        ----------
        rows
            ``rows_in``, ``rows_curated`` and ``rows_quarantined``, as ``OnboardingReport.counts()`` has them.
        report_key
            Where the report is.
        """
        arrival = self._arrivals.get(use_case, dataset, arrival_id)
        return self._arrivals.move(arrival, Status.ACCEPTED, at=at, report_key=report_key, **rows)

    def refuse(self, use_case: str, dataset: str, arrival_id: str, *, error: Failure, at: str) -> Arrival:
        """Record that an arrival is refused whole, and why."""
        arrival = self._arrivals.get(use_case, dataset, arrival_id)
        return self._arrivals.move(arrival, Status.REFUSED, at=at, error=error)

    def fail(self, use_case: str, dataset: str, arrival_id: str, *, error: Failure, at: str) -> Arrival:
        """Record that onboarding broke off; beginning again resumes it."""
        arrival = self._arrivals.get(use_case, dataset, arrival_id)
        return self._arrivals.move(arrival, Status.FAILED, at=at, error=error)

    def commit(
        self,
        use_case: str,
        dataset: str,
        arrival_id: str,
        *,
        parts: Iterable[Part],
        columns: Iterable[dict[str, str]],
        at: str,
        evidence: Evidence | None = None,
    ) -> SnapshotHead:
        """Make a snapshot of the dataset with an accepted arrival's parts added; the cost stays the same.

        The same arrival again returns its snapshot. Parts that are already in the dataset byte for byte (by
        ``sha256``) make no new snapshot; the arrival becomes a duplicate, and the snapshot that has
        them is returned.

        Raises
        ------
        Conflict
            The arrival is not accepted, or others kept being first.
        """
        arrival = self._arrivals.get(use_case, dataset, arrival_id)
        if arrival.status not in {Status.ACCEPTED, Status.DUPLICATE}:
            raise Conflict(
                "Only an accepted arrival can be committed.", found=arrival.status, where=arrival_id
            )
        snapshot, owner = self._snapshots.append(
            use_case,
            dataset,
            arrival_id=arrival_id,
            parts=parts,
            columns=tuple(columns),
            at=at,
            evidence=evidence,
        )
        self._tell(arrival, snapshot)
        if owner == arrival_id:
            self._arrivals.note(arrival, snapshot_id=snapshot.id)
        else:
            facts = {"snapshot_id": snapshot.id, "duplicate_of": owner}
            self._arrivals.move(arrival, Status.DUPLICATE, at=at, **facts)
        return snapshot

    @property
    def snapshots(self) -> Snapshots:
        """The snapshots of all datasets: history, objects of each, what was removed."""
        return self._snapshots

    def latest(self, use_case: str, dataset: str) -> SnapshotHead | None:
        """Return a dataset's newest version without the list of its objects, or None before the first."""
        return self._snapshots.latest(use_case, dataset)

    def note(self, arrival: Arrival, **facts: Any) -> Arrival:
        """Add facts to an arrival whose status stays."""
        return self._arrivals.note(arrival, **facts)

    def waiting(self, use_case: str, dataset: str) -> list[Arrival]:
        """Return the arrivals of a dataset that wait, in the order in which they landed."""
        return self._arrivals.waiting(use_case, dataset)

    def _tell(self, arrival: Arrival, snapshot: SnapshotHead) -> None:
        """Record which snapshot has the arrival's rows, and how fresh and good the dataset is now."""
        place = f"{snapshot.use_case}/{snapshot.dataset}"
        if snapshot.arrival_id != arrival.id:
            source, target = f"arrival:{place}/{arrival.id}", f"snapshot:{place}/{snapshot.id}"
            self.lineage.record(Edge(source=source, target=target, by="onboarding", at=snapshot.at))
        facts = arrival.model_dump(include={"rows_in", "rows_curated", "rows_quarantined"}, exclude_none=True)
        facts |= {"snapshot_id": snapshot.id, "arrivals": snapshot.arrival_count, "rows": snapshot.rows}
        self.metadata.observe(
            Operations(node=f"dataset:{place}", at=snapshot.at, sequence=snapshot.sequence, facts=facts)
        )

    def head(self, use_case: str, dataset: str) -> Snapshot | None:
        """Return a dataset's newest snapshot with all its objects, or None before the first."""
        return self._snapshots.head(use_case, dataset)

    def snapshot(self, identifier: str) -> Snapshot:
        """Return a snapshot with all its objects; :class:`~penstock.errors.NotFound` if there is none."""
        return self._snapshots.whole(self._snapshots.find(identifier))

    def arrival(self, use_case: str, dataset: str, arrival_id: str) -> Arrival:
        """Return an arrival by its id; :class:`~penstock.errors.NotFound` if there is none."""
        return self._arrivals.get(use_case, dataset, arrival_id)

    def arrivals(self, use_case: str, dataset: str) -> list[Arrival]:
        """Return a dataset's arrivals, the oldest first."""
        return self._arrivals.all(use_case, dataset)

    def each_arrival(self, use_case: str, dataset: str) -> Iterator[Arrival]:
        """Yield a dataset's arrivals page by page, in no order that means anything."""
        return self._arrivals.each(use_case, dataset)

    def known(self) -> Iterator[tuple[str, str]]:
        """Yield use case and name of every dataset there ever was; one that was dropped has data still."""
        for item in self._items.query("known"):
            use_case, _, dataset = str(item["sk"]).partition("/")
            yield use_case, dataset

    def datasets(self) -> list[dict[str, Any]]:
        """Return name, owner and purpose of every registered dataset."""
        return [_plain(item) for item in self._items.query("datasets")]

    def describe(self, use_case: str, dataset: str) -> dict[str, Any]:
        """Return what people ask about a dataset: contract, newest snapshot, what became of its arrivals."""
        contract, head = self.contract(use_case, dataset), self.latest(use_case, dataset)
        arrivals = self.arrivals(use_case, dataset)
        rows = ("rows_in", "rows_curated", "rows_quarantined")
        return {
            "use_case": use_case,
            "contract": contract.model_dump(mode="json"),
            "snapshot": head.model_dump(mode="json", exclude={"added", "columns"}) if head else None,
            "rows": head.rows if head else 0,
            "arrivals": dict(Counter(str(arrival.status) for arrival in arrivals)),
            **{name: sum(getattr(arrival, name) or 0 for arrival in arrivals) for name in rows},
        }

    def _guarded(self, use_case: UseCase, dataset: str, current: Item | None) -> bool:
        """Say whether what is in force is approved by a person: then so is what makes it less strict."""
        if current is not None and current["document"].get("contract_approval") == "steward":
            return True
        version = self.contracts.in_force(use_case.name, dataset)
        return version is not None and use_case.needs_approval(self.contracts.contract(version))

    def _remember(self, use_case: str, dataset: str) -> None:
        """Keep the name of a dataset for ever."""
        with suppress(Conflict):
            self._items.put({"pk": "known", "sk": f"{use_case}/{dataset}"}, expect=0)

    def _contract(self, use_case: str, digest: str, dataset: str) -> dict[str, Any]:
        """Return the document of a contract of a registered version."""
        item = self._items.get(f"usecase#{use_case}", f"contract#{digest}#{dataset}")
        if item is None:
            raise NotFound("The contract is not in the catalogue.", found=f"{use_case}/{dataset}")
        document: dict[str, Any] = item["document"]
        return document

    def _expected(self, current: Item | None) -> str:
        """Name what could have been meant."""
        if current is not None:
            return f"one of its datasets: {', '.join(current['datasets'])}"
        known = sorted({str(item["use_case"]) for item in self._items.query("datasets")})
        return f"one of the use cases: {', '.join(known)}" if known else "a use case (none is registered yet)"


def _dump(spec: Contract | FeatureView) -> dict[str, Any]:
    """Return a specification without what is default, so that thousands of columns fit into an item."""
    return spec.model_dump(mode="json", exclude_defaults=True)


def _entry(use_case: UseCase, contract: Contract) -> Item:
    """Make the line of a dataset in the list of all."""
    facts = contract.model_dump(
        include={"dataset", "description", "owner", "steward", "purpose", "classification"}
    )
    return {"pk": "datasets", "sk": f"{use_case.name}/{contract.dataset}", "use_case": use_case.name, **facts}


def _plain(item: Item) -> dict[str, Any]:
    """Return an item without the store's own fields."""
    return {key: value for key, value in item.items() if key not in {"pk", "sk", "revision"}}
