"""What the catalogue keeps about arrivals and snapshots."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Record(BaseModel):
    """A frozen record."""

    model_config = ConfigDict(frozen=True)


class Status(StrEnum):
    """Where an arrival is."""

    WAITING = "waiting"
    """It landed and is kept until its contract is approved, its batch is full or its time has come."""
    RECEIVED = "received"
    """It is being onboarded."""
    ACCEPTED = "accepted"
    """Its good rows are curated; a snapshot holds them, or will."""
    REFUSED = "refused"
    """The file was refused whole, and kept."""
    FAILED = "failed"
    """Onboarding broke off; it can be begun again."""
    DUPLICATE = "duplicate"
    """Its rows are those of an earlier arrival; no snapshot came of it."""


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.WAITING: frozenset({Status.RECEIVED, Status.REFUSED, Status.FAILED}),
    Status.RECEIVED: frozenset({Status.ACCEPTED, Status.REFUSED, Status.FAILED}),
    Status.ACCEPTED: frozenset({Status.DUPLICATE, Status.FAILED}),
    Status.FAILED: frozenset({Status.RECEIVED, Status.WAITING}),
    Status.REFUSED: frozenset(),
    Status.DUPLICATE: frozenset(),
}
"""Which status may follow which."""


class LandedObject(_Record):
    """A version of an object in the landing bucket.

    Examples
    --------
    >>> LandedObject(bucket="landing", key="uc/ds/a.csv", version="v1", size=10).arrival_id
    '9cc786d75f2940d5'
    """

    bucket: str
    key: str
    version: str
    size: int

    @property
    def arrival_id(self) -> str:
        """The id of its arrival: the same version of an object is always the same arrival."""
        return _digest([self.bucket, self.key, self.version])


class Failure(_Record):
    """Why an arrival was refused or broke off."""

    name: str
    message: str


class Arrival(_Record):
    """A file that landed, and what became of it.

    ``execution`` is the workflow run that handles it: another run that begins the same arrival
    finds the first one's name here, and knows that it is late.

    Attributes
    ----------
    partition
        The folders between dataset and file, such as ``month=2025-05``; arrivals of one partition are
        committed in the order in which they landed.
    landed_at, sequencer
        When the object landed, and S3's mark that orders the versions of one key.
    waiting_for
        ``approval``, ``batch`` or ``schedule``, while it waits.
    contract
        Number of the contract's version that it was judged by.
    replay_of, repairs
        The arrival whose object is onboarded again, or whose quarantined rows it brings back.
    same_rows
        Of a replay: whether it curated exactly what the first run did.
    skipped
        Arrivals of its partition that landed before it and were not waited for, because their run had
        ended without a result.
    late_after
        An arrival that landed after it and was committed before it.
    """

    id: str
    use_case: str
    dataset: str
    file_name: str
    object: LandedObject
    partition: str = ""
    landed_at: str = ""
    sequencer: str = ""
    status: Status = Status.RECEIVED
    waiting_for: str | None = None
    contract: int | None = None
    replay_of: str | None = None
    repairs: str | None = None
    same_rows: bool | None = None
    skipped: tuple[str, ...] = ()
    late_after: str | None = None
    execution: str = ""
    received_at: str
    updated_at: str
    rows_in: int | None = None
    rows_curated: int | None = None
    rows_quarantined: int | None = None
    report_key: str | None = None
    snapshot_id: str | None = None
    duplicate_of: str | None = None
    removed_at: str | None = None
    """When its data were removed under the retention rule; the evidence stays."""
    error: Failure | None = None

    @property
    def order(self) -> str:
        """What sorts arrivals of a partition by when they landed; a replay comes when it is asked for."""
        landed = self.received_at if self.replay_of else self.landed_at or self.received_at
        return f"{landed}#{self.object.key}#{self.sequencer}#{self.id}"


class Part(_Record):
    """A version of a curated object that belongs to a snapshot."""

    key: str
    version: str
    bytes: int
    rows: int
    sha256: str | None = None
    arrival_id: str = ""


class Evidence(_Record):
    """How an arrival's rows came to be: what is kept when the rows themselves are gone."""

    contract: str = ""
    """Digest of the contract that the file met."""
    contract_version: int | None = None
    report: str = ""
    """Key of the onboarding report, which has the results of the rules."""
    report_sha256: str = ""
    profile: str = ""
    """Key of the profile of the curated rows; that of the report when it holds the profile."""
    rows_in: int = 0
    rows_quarantined: int = 0
    rules: int = 0
    rules_failed: int = 0


class Removal(_Record):
    """That arrivals are no longer in a dataset, since when and why."""

    arrivals: tuple[str, ...]
    at: str
    by: str
    rule: str
    kept: bool = False
    """Whether their objects stay, as those that a replay replaced: older snapshots can still be read."""


class SnapshotHead(_Record):
    """An immutable version of a dataset without the list of all its objects: it costs the same at any size.

    A version is what its parent was, with the objects of one arrival added, or with arrivals removed.
    """

    id: str
    use_case: str
    dataset: str
    sequence: int
    parent: str | None
    arrival_id: str = ""
    """The arrival that made it; empty when arrivals were removed."""
    at: str
    columns: tuple[dict[str, str], ...]
    """Name and type of each column, in order."""
    added: tuple[Part, ...] = ()
    """The objects of the arrival that made it."""
    removal: Removal | None = None
    evidence: Evidence | None = None
    rows: int = 0
    """Rows of all objects, as are ``bytes``."""
    bytes: int = 0
    part_count: int = 0
    arrival_count: int = 0


class Snapshot(SnapshotHead):
    """An immutable version of a dataset: a list of object versions with their hashes."""

    parts: tuple[Part, ...]

    @property
    def arrivals(self) -> tuple[str, ...]:
        """Ids of the arrivals in it, in the order in which they came in."""
        return tuple(dict.fromkeys(part.arrival_id for part in self.parts))


def snapshot_id(
    parts: Iterable[Part],
    columns: Iterable[Mapping[str, str]],
    *,
    parent: str | None = None,
    removed: Iterable[str] = (),
) -> str:
    """Return the id of a snapshot: a hash of what it adds to its parent, and so of all that it holds.

    The version of an object counts only where its hash is not known: the same bytes are the same snapshot.

    Examples
    --------
    >>> a, b = (Part(key=key, version="1", bytes=1, rows=1) for key in "ab")
    >>> snapshot_id((a, b), ()) == snapshot_id((b, a), ()) != snapshot_id((a,), ())
    True
    >>> snapshot_id((b,), (), parent=snapshot_id((a,), ())) == snapshot_id((b,), ())
    False
    """
    content = sorted((part.key, part.sha256 or part.version, part.bytes, part.rows) for part in parts)
    return _digest([parent, content, [dict(column) for column in columns], sorted(removed)])


def _digest(content: Any) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of a JSON document."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
