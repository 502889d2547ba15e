"""A snapshot read back as it was: each object by its version, its hash compared, and what is gone named."""

# ruff: noqa: S608 - names enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.catalog.evidence import sha256_of
from penstock.catalog.records import Part, Removal, SnapshotHead
from penstock.errors import DamagedData, NotFound, RemovedData
from penstock.tables import engine, literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from penstock.catalog.snapshots import Snapshots
    from penstock.stores import ObjectStore

_TOGETHER = 1_000
_NAMED = 5


@dataclass(frozen=True)
class Verification:
    """What became of the objects of a snapshot.

    Attributes
    ----------
    checked
        How many objects were looked at.
    missing
        Keys whose version is no longer there, though nobody removed it under a rule.
    changed
        Keys whose version has another size or other bytes.
    superseded
        Keys that have a newer version or a delete marker; the snapshot reads its own, SQL engines the newest.
    extra
        Keys beside the objects of an arrival of the snapshot that do not belong to it.
    removed
        Keys removed under a rule.
    """

    checked: int = 0
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Say whether the snapshot can be read back as it was."""
        return not (self.missing or self.changed or self.removed)


class SnapshotReader:
    """Reads and verifies snapshots of a lake.

    Parameters
    ----------
    snapshots
        Of the catalogue: ``Catalog(items).snapshots``.
    lake
        The bucket of curated data.
    threads
        Objects that are fetched at the same time.
    """

    def __init__(self, snapshots: Snapshots, lake: ObjectStore, *, threads: int = 8) -> None:
        self._snapshots, self._lake, self._threads = snapshots, lake, threads

    def find(self, use_case: str, dataset: str, identifier: str = "") -> SnapshotHead:
        """Return a dataset's snapshot by its id or the beginning of it; without one, the newest.

        Raises
        ------
        NotFound
            The dataset has none, or not that one, or several that begin so.
        """
        if not identifier:
            newest = self._snapshots.latest(use_case, dataset)
            if newest is None:
                raise NotFound("The dataset has no snapshot yet.", where=f"{use_case}/{dataset}")
            return newest
        with suppress(NotFound):
            exact = self._snapshots.find(identifier)
            if (exact.use_case, exact.dataset) == (use_case, dataset):
                return exact
        every = (one for one in self._snapshots.history(use_case, dataset) if one.id.startswith(identifier))
        found = list(islice(every, 2))
        if len(found) == 1:
            return found[0]
        raise NotFound(
            "There are several such snapshots." if found else "The dataset has no such snapshot.",
            found=identifier,
            where=f"{use_case}/{dataset}",
            action=f"penstock dataset snapshots {use_case} {dataset}",
        )

    def parts(self, head: SnapshotHead, *, partial: bool = False) -> Iterator[Part]:
        """Yield the objects of a snapshot that can be read.

        Parameters
        ----------
        partial
            Leave out what was removed instead of refusing.

        Raises
        ------
        RemovedData
            Data of the snapshot were removed later; the message says which, when and under which rule.
        """
        gone = self._gone_since(head)
        if partial or not gone:
            return (part for part in self._snapshots.parts(head) if part.arrival_id not in gone)
        lost: Counter[str] = Counter()
        for part in self._snapshots.parts(head):
            lost[part.arrival_id] += part.rows if part.arrival_id in gone else 0
        removed = {arrival: rows for arrival, rows in lost.items() if arrival in gone}
        if removed:
            raise _removed(head, removed, gone)
        return self._snapshots.parts(head)

    def fetch(self, head: SnapshotHead, folder: Path, *, partial: bool = False) -> list[Path]:
        """Write a snapshot's objects to a folder, as they were, in folders by arrival.

        What is there already with the same bytes is not fetched again.

        Returns
        -------
        list of Path
            The files, those of the oldest arrival first.

        Raises
        ------
        RemovedData
            See :meth:`parts`.
        DamagedData
            A version is missing, or is not the one that the snapshot lists.
        """
        return self.fetch_parts(self.parts(head, partial=partial), folder)

    def fetch_parts(self, parts: Iterable[Part], folder: Path) -> list[Path]:
        """Write some objects to a folder; see :meth:`fetch`."""
        files: list[Path] = []
        ahead = iter(parts)
        with ThreadPoolExecutor(self._threads) as pool:
            while together := list(islice(ahead, _TOGETHER)):
                files += pool.map(lambda part: self._fetch(part, folder), together)
        return files

    @contextmanager
    def opened(
        self, head: SnapshotHead, folder: Path, *, partial: bool = False
    ) -> Iterator[DuckDBPyConnection]:
        """Fetch a snapshot and open it for SQL, as a view with the dataset's name.

        Yields
        ------
        DuckDBPyConnection
            The view has the columns of the curated data, and ``arrival``;
            ``connection.sql("FROM name").arrow()`` gives an Arrow table.
        """
        folder.mkdir(parents=True, exist_ok=True)
        files = self.fetch(head, folder, partial=partial)
        if not files:
            raise NotFound(
                "The snapshot has no rows.", found=head.id, where=f"{head.use_case}/{head.dataset}"
            )
        with engine(beside=folder) as (connection, _):
            connection.execute(f"CREATE VIEW {quoted(head.dataset)} AS {rows_of(files)}")
            yield connection

    def verify(self, head: SnapshotHead, *, hashes: bool = True) -> Verification:
        """Compare a snapshot with what is in the lake, by version, size and hash.

        Parameters
        ----------
        hashes
            Read every object and compare its bytes; otherwise versions and sizes only, which costs a
            request for a thousand objects.
        """
        there = _There.of(self._lake, f"curated/{head.use_case}/{head.dataset}/")
        gone, found = self._gone_since(head), _Findings()
        for part in self._snapshots.parts(head):
            found.checked += 1
            found.keys.add(part.key)
            found.arrivals.add(part.arrival_id)
            if part.arrival_id in gone:
                found.removed.append(part.key)
            elif (size := there.sizes.get((part.key, part.version))) is None:
                found.missing.append(part.key)
            elif size != part.bytes or (hashes and not self._has_hash(part)):
                found.changed.append(part.key)
            elif there.newest.get(part.key) != part.version:
                found.superseded.append(part.key)
        return found.told(there)

    def _gone_since(self, head: SnapshotHead) -> dict[str, Removal]:
        """Return of which arrivals the objects went after the snapshot, and why."""
        removed = self._snapshots.removed(head.use_case, head.dataset)
        return {
            arrival: one.removal
            for arrival, one in removed.items()
            if one.erased is not None and one.erased > head.sequence
        }

    def _fetch(self, part: Part, folder: Path) -> Path:
        target = _target(part, folder)
        if target.is_file() and _fits(target, part):
            return target
        beside = target.with_name(f"{target.name}.partial")
        try:
            self._lake.download(part.key, beside, version=part.version)
        except NotFound as error:
            raise _damaged(part, found="nothing") from error
        if not _fits(beside, part):
            found = f"{beside.stat().st_size} bytes, sha256 {sha256_of(beside)}"
            beside.unlink()
            raise _damaged(part, found=found)
        return beside.replace(target)

    def _has_hash(self, part: Part) -> bool:
        import tempfile

        if part.sha256 is None:
            return True
        with tempfile.TemporaryDirectory() as scratch:
            self._lake.download(part.key, path := Path(scratch) / "part", version=part.version)
            return sha256_of(path) == part.sha256


def rows_of(files: Iterable[Path]) -> str:
    """Return the query that reads fetched files as one table, columns matched by name.

    Examples
    --------
    >>> print(rows_of([Path("arrival=a1/part-00000.parquet")])[:8])
    SELECT *
    """
    listed = ", ".join(literal(str(file)) for file in files)
    return (
        "SELECT * EXCLUDE (filename), regexp_extract(filename, 'arrival=([^/]+)/', 1) AS arrival "
        f"FROM read_parquet([{listed}], union_by_name = true, filename = true, hive_partitioning = false)"
    )


@dataclass
class _There:
    """The versions that a lake has below a prefix."""

    sizes: dict[tuple[str, str], int] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, lake: ObjectStore, prefix: str) -> _There:
        there = cls()
        for one in lake.versions(prefix):
            if not one.marker:
                there.sizes[one.key, one.version] = one.bytes
            if one.latest and not one.marker:
                there.newest[one.key] = one.version
        return there


@dataclass
class _Findings:
    """What a verification has found so far."""

    checked: int = 0
    keys: set[str] = field(default_factory=set)
    arrivals: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def told(self, there: _There) -> Verification:
        """Return the findings, with the objects that do not belong there."""
        beside = (key for key in there.newest if key not in self.keys)
        extra = sorted(key for key in beside if _arrival_in(key) in self.arrivals)
        return Verification(
            checked=self.checked,
            missing=tuple(self.missing),
            changed=tuple(self.changed),
            superseded=tuple(self.superseded),
            extra=tuple(extra),
            removed=tuple(self.removed),
        )


def _arrival_in(key: str) -> str:
    return key.partition("/arrival=")[2].split("/", 1)[0]


def _target(part: Part, folder: Path) -> Path:
    """Return where an object goes: below its arrival's folder, as in the lake."""
    inside = key.split("/", 1)[1] if "/" in (key := part.key.partition("/arrival=")[2]) else part.key
    target = (folder / f"arrival={part.arrival_id}" / inside).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise DamagedData("The snapshot lists a key that leaves its folder.", found=part.key)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _fits(path: Path, part: Part) -> bool:
    same_size = path.stat().st_size == part.bytes
    return same_size and (part.sha256 is None or sha256_of(path) == part.sha256)


def _damaged(part: Part, *, found: str) -> DamagedData:
    return DamagedData(
        "An object is not the one that the snapshot lists.",
        found=found,
        expected=f"{part.bytes} bytes, sha256 {part.sha256 or 'unknown'}",
        where=f"{part.key}, version {part.version}",
        action="Restore that version, or replay the arrival from the landing bucket.",
    )


def _removed(head: SnapshotHead, lost: dict[str, int], gone: dict[str, Removal]) -> RemovedData:
    """Make the error that names what was removed, when and under which rule."""
    told = [
        f"arrival {arrival} ({rows:,} rows) on {gone[arrival].at} by {gone[arrival].by}: {gone[arrival].rule}"
        for arrival, rows in list(lost.items())[:_NAMED]
    ]
    more = [f"and {len(lost) - _NAMED} more"] if len(lost) > _NAMED else []
    return RemovedData(
        "Data of this snapshot were removed.",
        found="; ".join([*told, *more]),
        expected=f"{head.arrival_count:,} arrivals, {head.rows:,} rows",
        where=f"snapshot {head.id} of {head.use_case}/{head.dataset}",
        action="Read what is left of it (--partial), or a later snapshot. Its evidence is kept.",
    )
