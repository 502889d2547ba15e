"""Locked copies of the audit trail, and the comparison of the table with them.

A copy's key carries the record's number and hash, so a listing alone tells whether the table still says
what it said when the copies were made: ``chain/<use case>/<number>-<hash>.json``. In a bucket
with Object Lock a copy cannot be removed; what is written over or hidden stays visible as a version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from penstock.errors import TamperedAudit
from penstock.governance.audit import AuditRecord, AuditTrail, record_hash
from penstock.stores import ObjectStore

GRACE = timedelta(minutes=5)
"""How long a record may be without a copy: DynamoDB hands its changes on within seconds."""

_KEY = re.compile(r"chain/(?P<use_case>.*)/(?P<sequence>\d{10})-(?P<hash>[0-9a-f]{64})\.json")


class AuditCheck(BaseModel):
    """What a comparison found.

    Attributes
    ----------
    records, copies
        How many there are in the table, and among the locked copies.
    waiting
        Records so new that their copies may still be on the way.
    findings
        What is wrong, the earliest record first.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    records: int
    copies: int
    waiting: int = 0
    findings: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


class AuditCopies:
    """The copies of all chains, in a bucket.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> from penstock.stores import FolderObjects, MemoryItems
    >>> trail, copies = AuditTrail(MemoryItems()), AuditCopies(FolderObjects(Path(tempfile.mkdtemp())))
    >>> made = trail.append("demo", action="did", actor="ann", subject="x", at="2026-01-01T00:00:00.000Z")
    >>> check_copies(trail, copies, "demo", now="2026-01-02T00:00:00.000Z").findings
    ('record 1: no locked copy, though it was written at 2026-01-01T00:00:00.000Z',)
    >>> _ = copies.write(made)
    >>> check_copies(trail, copies, "demo", now="2026-01-02T00:00:00.000Z").intact
    True
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def write(self, record: AuditRecord) -> str:
        """Store a copy and return its key; what is there is not written again."""
        key = f"chain/{record.use_case}/{record.sequence:010d}-{record.hash}.json"
        if key not in self._objects.keys(key):
            self._objects.write(key, _document(record), content_type="application/json")
        return key

    def alarm(self, use_case: str, what: str, *, at: str) -> str:
        """Store, as locked as the copies, that somebody changed the table, and return the key."""
        key = f"alarms/{use_case}/{at.replace(':', '')}-{what.replace(' ', '-')}.json"
        body = json.dumps({"use_case": use_case, "what": what, "at": at})
        self._objects.write(key, body.encode(), content_type="application/json")
        return key

    def alarms(self, use_case: str) -> list[str]:
        """Return what was noticed about a chain in the table, the oldest first."""
        keys = sorted(self._objects.keys(f"alarms/{use_case}/"))
        told = (json.loads(self._objects.read(key)) for key in keys)
        return [f"{one['what']} in the table at {one['at']}" for one in told]

    def hashes(self, use_case: str) -> tuple[dict[int, set[str]], list[str]]:
        """Return the hashes of the copies by number, and what is odd about the copies themselves."""
        found: dict[int, set[str]] = {}
        odd = list[str]()
        for one in self._objects.versions(f"chain/{use_case}/"):
            match = _KEY.fullmatch(one.key)
            if match is None or match["use_case"] != use_case:
                odd.append(f"an object that is no copy: {one.key}")
            elif one.marker:
                odd.append(f"record {int(match['sequence'])}: its locked copy was hidden by a delete marker")
            else:
                found.setdefault(int(match["sequence"]), set()).add(match["hash"])
        return found, sorted(odd)

    def records(self, use_case: str) -> Iterator[AuditRecord]:
        """Yield the records as the copies have them, the oldest first.

        Raises
        ------
        TamperedAudit
            A copy's content does not have the hash that its key carries.
        """
        for key in sorted(self._objects.keys(f"chain/{use_case}/")):
            record = self._record(key)
            if record is None:
                raise TamperedAudit("A copy of an audit record is not what its name says.", where=key)
            yield record

    def garbled(self, use_case: str) -> list[str]:
        """Read every copy, and return which are not what their names say."""
        keys = sorted(self._objects.keys(f"chain/{use_case}/"))
        return [f"a copy whose content is another: {key}" for key in keys if self._record(key) is None]

    def _record(self, key: str) -> AuditRecord | None:
        """Read a copy; None when its content has not the hash that its name carries."""
        match = _KEY.fullmatch(key)
        try:
            record = AuditRecord.model_validate_json(self._objects.read(key))
        except ValidationError:
            return None
        return record if match is not None and record_hash(record) == match["hash"] else None


def check_copies(
    trail: AuditTrail, copies: AuditCopies, use_case: str, *, now: str, read: bool = False
) -> AuditCheck:
    """Compare a use case's chain in the table with its hashes and with the locked copies.

    Parameters
    ----------
    now
        The time; younger records than :data:`GRACE` may be without a copy.
    read
        Read every copy too: its content must be what its name says.
    """
    # Copies first: each follows its record, so none of them can be ahead of the table.
    hashes, findings = copies.hashes(use_case)
    records = {record.sequence: record for record in _readable(trail, use_case)}
    missing = {number: one for number, one in records.items() if number not in hashes}
    late = [one for one in missing.values() if _is_late(one.at, now)]
    try:
        trail.verify(use_case)
    except TamperedAudit as error:
        findings.append(f"{error.where.rpartition(', ')[2]}: {error.found}")
    findings += [f"record {one.sequence}: no locked copy, though it was written at {one.at}" for one in late]
    findings += [
        f"record {number}: the table has {_short(records.get(number))}, its locked copy {_shorts(found)}"
        for number, found in sorted(hashes.items())
        if number not in records or found != {records[number].hash}
    ]
    findings += copies.garbled(use_case) if read else []
    return AuditCheck(
        use_case=use_case,
        records=len(records),
        copies=sum(map(len, hashes.values())),
        waiting=len(missing) - len(late),
        findings=tuple(dict.fromkeys([*findings, *copies.alarms(use_case)])),
    )


def copy_missing(trail: AuditTrail, copies: AuditCopies, use_case: str) -> int:
    """Copy what has no copy yet, and return how many that were.

    Raises
    ------
    TamperedAudit
        The chain does not verify: then nothing is copied.
    """
    hashes, _ = copies.hashes(use_case)
    trail.verify(use_case)
    missing = [record for record in trail.records(use_case) if record.sequence not in hashes]
    for record in missing:
        copies.write(record)
    return len(missing)


def _readable(trail: AuditTrail, use_case: str) -> Iterable[AuditRecord]:
    """Return the records that are records; what else stands there is found by verification."""
    try:
        yield from trail.records(use_case)
    except ValidationError:
        return


def _is_late(at: str, now: str) -> bool:
    try:
        return datetime.fromisoformat(now) - datetime.fromisoformat(at) > GRACE
    except (ValueError, TypeError):
        return True


def _document(record: AuditRecord) -> bytes:
    return (json.dumps(record.model_dump(mode="json"), sort_keys=True) + "\n").encode()


def _short(record: AuditRecord | None) -> str:
    return record.hash[:12] if record else "nothing"


def _shorts(hashes: set[str]) -> str:
    return " and ".join(sorted(one[:12] for one in hashes))
