"""What the catalogue keeps about arrivals and snapshots."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Record(BaseModel):
    """A frozen record."""

    model_config = ConfigDict(frozen=True)


class Status(StrEnum):
    """Where an arrival is."""

    RECEIVED = "received"
    """It landed and is being onboarded."""
    ACCEPTED = "accepted"
    """Its good rows are curated; a snapshot holds them, or will."""
    REFUSED = "refused"
    """The file was refused whole, and kept."""
    FAILED = "failed"
    """Onboarding broke off; it can be begun again."""
    DUPLICATE = "duplicate"
    """Its rows are those of an earlier arrival; no snapshot came of it."""


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.ACCEPTED, Status.REFUSED, Status.FAILED}),
    Status.ACCEPTED: frozenset({Status.DUPLICATE, Status.FAILED}),
    Status.FAILED: frozenset({Status.RECEIVED}),
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
    """

    id: str
    use_case: str
    dataset: str
    file_name: str
    object: LandedObject
    status: Status = Status.RECEIVED
    execution: str = ""
    received_at: str
    updated_at: str
    rows_in: int | None = None
    rows_curated: int | None = None
    rows_quarantined: int | None = None
    report_key: str | None = None
    snapshot_id: str | None = None
    duplicate_of: str | None = None
    error: Failure | None = None


class Part(_Record):
    """A version of a curated object that belongs to a snapshot."""

    key: str
    version: str
    bytes: int
    rows: int
    sha256: str | None = None
    arrival_id: str = ""


class Snapshot(_Record):
    """An immutable version of a dataset: a list of object versions with their hashes."""

    id: str
    use_case: str
    dataset: str
    sequence: int
    parent: str | None
    arrival_id: str
    """The arrival that made it."""
    at: str
    columns: tuple[dict[str, str], ...]
    """Name and type of each column, in order."""
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)

    @property
    def arrivals(self) -> tuple[str, ...]:
        """Ids of the arrivals in it, in the order in which they came in."""
        return tuple(dict.fromkeys(part.arrival_id for part in self.parts))


def snapshot_id(parts: tuple[Part, ...], columns: tuple[dict[str, str], ...]) -> str:
    """Return the id of a snapshot: a hash of its content, whatever the order of the parts.

    Examples
    --------
    >>> a, b = (Part(key=key, version="1", bytes=1, rows=1) for key in "ab")
    >>> snapshot_id((a, b), ()) == snapshot_id((b, a), ()) != snapshot_id((a,), ())
    True
    """
    content = sorted((part.key, part.version, part.bytes, part.rows, part.sha256 or "") for part in parts)
    return _digest([content, list(columns)])


def _digest(content: Any) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of a JSON document."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
