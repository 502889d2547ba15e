"""Two snapshots of a dataset compared: schema, objects, rows and distribution."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.catalog.differences import ColumnChange, Drift, ObjectChanges, RowChanges, SnapshotDiff
from penstock.catalog.distribution import drifts
from penstock.catalog.reading import SnapshotReader
from penstock.catalog.records import Part, SnapshotHead
from penstock.catalog.row_diff import compare_rows
from penstock.errors import NotFound
from penstock.tables import engine

if TYPE_CHECKING:
    from penstock.catalog.catalog import Catalog
    from penstock.specs import Contract
    from penstock.stores import ObjectStore

_MOST_PROFILES = 1_000
_AT_ONCE = 8


@dataclass(frozen=True)
class Comparer:
    """What a comparison needs.

    Parameters
    ----------
    sample
        How many examples of each kind of change are shown.
    partial
        Compare what is left where data were removed, instead of refusing.
    memory_limit
        What DuckDB may hold in memory; the rest is spilled.
    """

    catalog: Catalog
    lake: ObjectStore
    sample: int = 20
    partial: bool = False
    memory_limit: str = "2GB"

    @property
    def reader(self) -> SnapshotReader:
        """Reader of the same catalogue and lake."""
        return SnapshotReader(self.catalog.snapshots, self.lake)

    def diff(
        self,
        before: SnapshotHead,
        after: SnapshotHead,
        folder: Path,
        *,
        rows: bool = True,
        distribution: bool = True,
    ) -> SnapshotDiff:
        """Compare two snapshots; objects that both have are not read.

        Parameters
        ----------
        folder
            Where objects are fetched to, and where what does not fit into memory is spilled.
        rows, distribution
            Whether to compare these; the distribution is told from the profiles of at most 1,000 arrivals.

        Raises
        ------
        RemovedData
            Data of one of them were removed, and ``partial`` is off.
        """
        began = time.monotonic()
        contracts = [self._contract(head) for head in (before, after)]
        objects, gone, new = self._objects(before, after)
        return SnapshotDiff(
            use_case=before.use_case,
            dataset=before.dataset,
            before=before.id,
            after=after.id,
            rows_before=before.rows,
            rows_after=after.rows,
            schema_changes=tuple(schema_changes(before, after, *contracts)),
            objects=objects,
            rows=self._rows(gone, new, contracts, folder) if rows else None,
            distribution=self._distribution(before, after) if distribution else (),
            seconds=round(time.monotonic() - began, 3),
        )

    def _objects(
        self, before: SnapshotHead, after: SnapshotHead
    ) -> tuple[ObjectChanges, list[Part], list[Part]]:
        """Tell objects that both have from those of one side; the same bytes are the same object."""
        old = Counter(map(_identity, self._parts(before)))
        added, unchanged, same_rows = list[Part](), 0, 0
        for part in self._parts(after):
            if old[_identity(part)] > 0:
                old[_identity(part)] -= 1
                unchanged, same_rows = unchanged + 1, same_rows + part.rows
            else:
                added.append(part)
        removed = list(_left(self._parts(before), old)) if +old else []
        counts = ObjectChanges(
            unchanged=unchanged,
            added=len(added),
            removed=len(removed),
            unchanged_rows=same_rows,
            added_rows=sum(part.rows for part in added),
            removed_rows=sum(part.rows for part in removed),
        )
        return counts, removed, added

    def _parts(self, head: SnapshotHead) -> Iterator[Part]:
        return self.reader.parts(head, partial=self.partial)

    def _rows(
        self, gone: Iterable[Part], new: Iterable[Part], contracts: Iterable[Contract], folder: Path
    ) -> RowChanges:
        folder.mkdir(parents=True, exist_ok=True)
        sides = [self.reader.fetch_parts(parts, folder / name) for name, parts in (("b", gone), ("a", new))]
        every = tuple(contracts)
        masked = {
            column.name
            for contract in every
            for column in contract.columns
            if column.sensitivity != "none" or column.protect == "hash"
        }
        with engine(beside=folder, memory_limit=self.memory_limit) as (connection, _):
            # The order of rows does not matter here, and keeping it takes memory.
            connection.execute("SET preserve_insertion_order = false")
            return compare_rows(connection, *sides, keys=every[-1].keys, masked=masked, sample=self.sample)

    def _distribution(self, before: SnapshotHead, after: SnapshotHead) -> tuple[Drift, ...]:
        profiles = [self._profiles(head) for head in (before, after)]
        return drifts(*profiles) if all(profiles) else ()

    def _profiles(self, head: SnapshotHead) -> list[dict[str, Any]]:
        """Return the profiles of a snapshot's arrivals; none when there are too many or one is missing."""
        inside = {part.arrival_id for part in self._parts(head)}
        if not 0 < len(inside) <= _MOST_PROFILES:
            return []
        history = self.catalog.snapshots.history(head.use_case, head.dataset)
        keys = [one.evidence.profile for one in history if one.arrival_id in inside and one.evidence]
        if len(keys) < len(inside) or not all(keys):
            return []
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(self._profile, keys))
        return [one for one in found if one] if all(found) else []

    def _profile(self, key: str) -> dict[str, Any]:
        try:
            document: dict[str, Any] = json.loads(self.lake.read(key))
        except NotFound:
            return {}
        return document

    def _contract(self, head: SnapshotHead) -> Contract:
        """Return the contract that the newest arrival of a snapshot met, or the one in force."""
        contracts = self.catalog.contracts
        number = head.evidence.contract_version if head.evidence else None
        if number is not None:
            return contracts.numbered(head.use_case, head.dataset, number)
        return self.catalog.contract(head.use_case, head.dataset)


def schema_changes(
    before: SnapshotHead, after: SnapshotHead, old: Contract, new: Contract
) -> Iterator[ColumnChange]:
    """Yield what became of columns, in the curated data and in what the contracts say of sensitivity."""
    types = [{column["name"]: column["type"] for column in head.columns} for head in (before, after)]
    secrets = [{column.name: column.sensitivity for column in contract.columns} for contract in (old, new)]
    for name in dict.fromkeys([*types[0], *types[1]]):
        was, became = types[0].get(name), types[1].get(name)
        if was is None or became is None:
            yield ColumnChange(
                column=name, change="added" if was is None else "removed", before=was, after=became
            )
        elif was != became:
            yield ColumnChange(column=name, change="retyped", before=was, after=became)
        known = [by_name.get(name) for by_name in secrets]
        if None not in known and known[0] != known[1]:
            yield ColumnChange(column=name, change="sensitivity", before=known[0], after=known[1])


def _identity(part: Part) -> str:
    return part.sha256 or f"{part.key}@{part.version}"


def _left(parts: Iterable[Part], left: Mapping[str, int]) -> Iterator[Part]:
    """Yield the objects of one side that the other has not."""
    counts = dict(left)
    for part in parts:
        if counts.get(_identity(part), 0) > 0:
            counts[_identity(part)] -= 1
            yield part


def first_rows(found: SnapshotDiff, count: int) -> list[dict[str, Any]]:
    """Return examples of changed rows as plain records, for tables."""
    sample = found.rows.sample if found.rows else ()
    return [
        {"change": one.change, "before": _brief(one.before), "after": _brief(one.after)}
        for one in islice(sample, count)
    ]


def _brief(row: Mapping[str, str | None] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items()) if row else ""
