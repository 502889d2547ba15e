"""The audit trail: append-only, each record carrying the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import Conflict, TamperedAudit
from penstock.stores import Item, ItemStore

_GENESIS = "0" * 64
_ATTEMPTS = 50


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
    >>> _ = trail.append("demo", action="register", actor="ann", subject="demo", at="2026-01-01T00:00:00.000Z")
    >>> trail.verify("demo")
    1
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def append(
        self, use_case: str, *, action: str, actor: str, subject: str, at: str, details: dict[str, Any] | None = None
    ) -> AuditRecord:
        """Add a record at the end of the chain; writers at the same time queue up.

        Raises
        ------
        Conflict
            Others kept being first; safe to retry.
        """
        facts = {"use_case": use_case, "at": at, "actor": actor, "action": action, "subject": subject,
                 "details": _normal(details or {})}  # fmt: skip
        for _ in range(_ATTEMPTS):
            last = next(self._items.query(_chain(use_case), newest_first=True, limit=1), None)
            body = {**facts, "sequence": (last["sequence"] if last else 0) + 1,
                    "previous_hash": last["hash"] if last else _GENESIS}  # fmt: skip
            record = AuditRecord(**body, hash=_hash(body))
            try:
                self._items.put({"pk": _chain(use_case), "sk": f"{record.sequence:010d}", **_stored(record)}, expect=0)
            except Conflict:
                continue
            self._items.put({"pk": f"head#{use_case}", "sk": f"{record.sequence:010d}", "hash": record.hash})
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
        previous, count = _GENESIS, 0
        for count, item in enumerate(self._items.query(_chain(use_case)), start=1):
            record = _record(item)
            body = record.model_dump(exclude={"hash"})
            if record.sequence != count:
                raise _tampered(use_case, count, f"sequence {record.sequence}: a record is missing or moved")
            if record.previous_hash != previous:
                raise _tampered(use_case, count, "a link to another predecessor")
            if record.hash != _hash(body):
                raise _tampered(use_case, count, "content that does not match its hash")
            previous = record.hash
        head = next(self._items.query(f"head#{use_case}", newest_first=True, limit=1), None)
        if head is not None and int(head["sk"]) > count:
            raise _tampered(use_case, count + 1, f"nothing, though {int(head['sk'])} records were written")
        return count


def _chain(use_case: str) -> str:
    return f"chain#{use_case}"


def _normal(details: dict[str, Any]) -> dict[str, Any]:
    """Return details as a store gives them back: whole floats become integers, everything is JSON."""
    document: dict[str, Any] = json.loads(json.dumps(details), parse_float=_number)
    return document


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _stored(record: AuditRecord) -> Item:
    return record.model_dump(mode="json")


def _record(item: Item) -> AuditRecord:
    return AuditRecord.model_validate({key: item[key] for key in AuditRecord.model_fields if key in item})


def _hash(body: dict[str, Any]) -> str:
    """Return the SHA-256 of a record without its own hash, as canonical JSON."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _tampered(use_case: str, sequence: int, found: str) -> TamperedAudit:
    return TamperedAudit(
        "The audit trail has been tampered with.", found=found, where=f"{use_case}, record {sequence}",
        action="Restore the table from its point-in-time backup and compare.",
    )  # fmt: skip
