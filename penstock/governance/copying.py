"""From the audit table to its locked copies: as changes come, and once a day whatever was missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from penstock.errors import TamperedAudit
from penstock.governance.audit import AuditRecord, AuditTrail, record_hash
from penstock.governance.copies import AuditCopies, check_copies, copy_missing
from penstock.stores.items import plain

if TYPE_CHECKING:
    from penstock.catalog import Catalog

PLATFORM = "platform"
"""The chain of what is about no use case."""

_SHARED = (PLATFORM, "glossary")
_CHAIN, _HEAD = "chain#", "head#"


class Change(NamedTuple):
    """A change of the table: ``INSERT``, ``MODIFY`` or ``REMOVE``, and what is there now."""

    kind: str
    pk: str
    sk: str
    item: dict[str, Any]


class Copied(NamedTuple):
    """How many records were copied, and what should never have happened."""

    copied: int
    alarms: tuple[str, ...]


def copy_changes(changes: Sequence[Change], copies: AuditCopies, *, at: str) -> Copied:
    """Copy new records; a record that was changed or removed raises an alarm, which is locked too.

    Again with the same changes, nothing happens.
    """
    copied, alarms = 0, list[str]()
    for change in changes:
        kind, _, use_case = change.pk.partition("#")
        if f"{kind}#" not in {_CHAIN, _HEAD}:
            continue
        if change.kind != "INSERT":
            done = "removed" if change.kind == "REMOVE" else "changed"
            alarms.append(_alarm(copies, use_case, f"{kind} {change.sk.lstrip('0')} was {done}", at))
        elif f"{kind}#" == _CHAIN:
            record = _record(change.item)
            if record is None:
                alarms.append(
                    _alarm(copies, use_case, f"something that is no record was written at {change.sk}", at)
                )
                continue
            copies.write(record)
            copied += 1
    return Copied(copied, tuple(alarms))


def sweep(catalog: Catalog, trail: AuditTrail, copies: AuditCopies, *, now: str) -> dict[str, Any]:
    """Copy what has no copy yet, and prove the chain of every use case.

    Returns
    -------
    dict
        ``copied`` and ``records`` count, ``findings`` tell what is wrong.
    """
    names = [*_SHARED, *sorted({str(entry["use_case"]) for entry in catalog.datasets()})]
    copied, checks, findings = 0, [], list[str]()
    for name in names:
        try:
            copied += copy_missing(trail, copies, name)
        except TamperedAudit as error:
            findings.append(f"{name}: {error.found}")
        checks.append(check_copies(trail, copies, name, now=now))
    findings += [f"{one.use_case}: {found}" for one in checks for found in one.findings]
    return {
        "copied": copied,
        "records": sum(one.records for one in checks),
        "findings": list(dict.fromkeys(findings)),
    }


def _alarm(copies: AuditCopies, use_case: str, what: str, at: str) -> str:
    """Lock an alarm away and return it in words."""
    copies.alarm(use_case, what, at=at)
    return f"{use_case}: {what} in the table at {at}"


def _record(item: dict[str, Any]) -> AuditRecord | None:
    """Read a record; None if it is none, or not one of the platform's own writing."""
    try:
        record = AuditRecord.model_validate(
            {name: plain(item[name]) for name in AuditRecord.model_fields if name in item}
        )
    except ValidationError:
        return None
    return record if record.hash == record_hash(record) else None
