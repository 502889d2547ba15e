"""The audit trail: append-only, each record carrying the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from penstock.errors import Conflict, TamperedAudit
from penstock.stores import Item, ItemStore

_GENESIS = "0" * 64
_ATTEMPTS = 50
_REMEMBERED = 50


class AuditRecord(BaseModel):
    """Who did what to which thing, when and why."""

    model_config = ConfigDict(frozen=True)

    use_case: str
    sequence: int
    at: str
    actor: str
    action: str
    subject: str
    details: dict[str, Any] = {}
    previous_hash: str
    hash: str


class AuditTrail:
    """The chains of all use cases, one a use case.

    Parameters
    ----------
    items
        A table to which writers may only add.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> trail = AuditTrail(MemoryItems())
    >>> _ = trail.append("demo", action="register", actor="ann", subject="x", at="2026-01-01T00:00:00.000Z")
    >>> trail.verify("demo")
    1
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def append(
        self,
        use_case: str,
        *,
        action: str,
        actor: str,
        subject: str,
        at: str,
        details: dict[str, Any] | None = None,
        once: bool = False,
    ) -> AuditRecord:
        """Add a record at the end of the chain; writers at the same time queue up.

        Parameters
        ----------
        once
            The fact happens once: a record of late with the same actor, action, subject and details is
            returned in its place, so that a repeated step of a workflow leaves one record.

        Raises
        ------
        Conflict
            Others kept being first; safe to retry.
        """
        facts = {
            "use_case": use_case,
            "at": at,
            "actor": actor,
            "action": action,
            "subject": subject,
            "details": _normal(details or {}),
        }
        for _ in range(_ATTEMPTS):
            late = list(
                self._items.query(_chain(use_case), newest_first=True, limit=_REMEMBERED if once else 1)
            )
            if once and (same := next((item for item in late if _same(item, facts)), None)):
                return _record(same)
            last = late[0] if late else None
            body = {
                **facts,
                "sequence": (last["sequence"] if last else 0) + 1,
                "previous_hash": last["hash"] if last else _GENESIS,
            }
            record = AuditRecord(**body, hash=_hash(body))
            place = f"{record.sequence:010d}"
            try:
                self._items.put({"pk": _chain(use_case), "sk": place, **_stored(record)}, expect=0)
            except Conflict:
                continue
            with suppress(Conflict):
                self._items.put({"pk": _heads(use_case), "sk": place, "hash": record.hash}, expect=0)
            return record
        raise Conflict("Others kept writing to the audit trail first.", where=use_case, action="Retry.")

    def records(self, use_case: str) -> Iterator[AuditRecord]:
        """Yield a use case's records, the oldest first."""
        for item in self._items.query(_chain(use_case)):
            yield _record(item)

    def verify(self, use_case: str) -> int:
        """Check the whole chain and return how many records it has.

        Raises
        ------
        TamperedAudit
            A record was changed, removed, added or moved; the message names the first that does not fit.
        """
        # The heads are read first: each is written after its record, so none can run ahead of the chain.
        heads = {int(item["sk"]): str(item["hash"]) for item in self._items.query(_heads(use_case))}
        previous, count = _GENESIS, 0
        for count, item in enumerate(self._items.query(_chain(use_case)), start=1):
            found = _flaw(item, use_case, count, previous, heads.get(count))
            if found:
                raise _tampered(use_case, count, found)
            previous = item["hash"]
        if (written := max(heads, default=0)) > count:
            raise _tampered(use_case, count + 1, f"nothing, though {written} records were written")
        return count


def record_version(
    trail: AuditTrail,
    use_case: str,
    version: int | None,
    *,
    action: str,
    actor: str,
    at: str,
    details: dict[str, Any],
    once: bool = False,
) -> AuditRecord:
    """Record what was done to a version, or to none that is known; see :meth:`AuditTrail.append`.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> trail = AuditTrail(MemoryItems())
    >>> record_version(trail, "demo", 2, action="version approved", actor="ann", details={},
    ...                at="2026-01-01T00:00:00.000Z").subject
    'version 2'
    """
    subject = f"version {version}" if version is not None else f"use case {use_case}"
    return trail.append(
        use_case, action=action, actor=actor, subject=subject, at=at, details=details, once=once
    )


def _chain(use_case: str) -> str:
    return f"chain#{use_case}"


def _heads(use_case: str) -> str:
    return f"head#{use_case}"


def _flaw(item: Item, use_case: str, sequence: int, previous: str, head: str | None) -> str:
    """Say what is wrong with a record at its place in the chain; an empty text when nothing is."""
    try:
        record = _record(item)
    except ValidationError as error:
        return f"no audit record: {error.error_count()} fields are missing or wrong"
    if record.sequence != sequence or record.use_case != use_case:
        return f"sequence {record.sequence} of {record.use_case}: a record is missing or moved"
    if record.previous_hash != previous:
        return "a link to another predecessor"
    if record.hash != record_hash(record) or head not in {None, record.hash}:
        return "content that does not match its hash"
    return ""


def _same(item: Item, facts: dict[str, Any]) -> bool:
    """Say whether a record tells the same fact, whenever it was."""
    return all(item.get(name) == value for name, value in facts.items() if name != "at")


def _normal(details: dict[str, Any]) -> dict[str, Any]:
    """Return details as a store gives them back: whole floats are integers, NaN and infinity are text."""
    document: dict[str, Any] = json.loads(json.dumps(details), parse_float=_number, parse_constant=str)
    return document


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _stored(record: AuditRecord) -> Item:
    return record.model_dump(mode="json")


def _record(item: Item) -> AuditRecord:
    return AuditRecord.model_validate({key: item[key] for key in AuditRecord.model_fields if key in item})


def record_hash(record: AuditRecord) -> str:
    """Return the hash that a record's content must have."""
    return _hash(record.model_dump(exclude={"hash"}))


def _hash(body: dict[str, Any]) -> str:
    """Return the SHA-256 of a record without its own hash, as canonical JSON."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _tampered(use_case: str, sequence: int, found: str) -> TamperedAudit:
    return TamperedAudit(
        "The audit trail has been tampered with.",
        found=found,
        where=f"{use_case}, record {sequence}",
        action="Restore the table from its point-in-time backup and compare.",
    )
