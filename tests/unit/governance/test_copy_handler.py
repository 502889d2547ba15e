"""The handler of the audit table's stream: numbers as they were hashed, alarms told, other items left."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeSerializer

from lambdas.governance import copy_audit
from penstock.governance import AuditTrail
from penstock.governance.copies import AuditCopies, check_copies
from penstock.stores import FolderObjects, MemoryItems
from penstock.stores.aws import _exact

if TYPE_CHECKING:
    import pytest

AT = "2026-01-01T00:00:00.000Z"
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="id"
)


def record(item: dict[str, Any], kind: str = "INSERT") -> dict[str, Any]:
    """Write an item as a DynamoDB stream does."""
    image = {name: TypeSerializer().serialize(_exact(value)) for name, value in item.items()}
    change: dict[str, Any] = {"Keys": {name: image[name] for name in ("pk", "sk")}}
    return {"eventName": kind, "dynamodb": change | ({} if kind == "REMOVE" else {"NewImage": image})}


def test_records_are_copied_and_other_changes_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items, copies, told = MemoryItems(), AuditCopies(FolderObjects(tmp_path)), list[str]()
    trail = AuditTrail(items)
    details = {"share": 0.1, "whole": 2.0, "list": [1, 2.5], "none": None, "yes": True}
    trail.append("demo", action="did", actor="ann", subject="x", at=AT, details=details)
    monkeypatch.setattr(copy_audit, "audit_copies", lambda: copies)
    monkeypatch.setattr(copy_audit, "tell_people", lambda subject, message: told.append(message))
    (chain,), (head,) = items.query("chain#demo"), items.query("head#demo")
    event = {"Records": [record(chain), record(head)]}
    assert copy_audit.handler(event, CONTEXT) == {"copied": 1, "alarms": 0}  # type: ignore[arg-type]
    assert check_copies(trail, copies, "demo", now="2026-01-02T00:00:00.000Z").intact
    event = {"Records": [record({**chain, "actor": "eve"}, "MODIFY"), record(head, "REMOVE")]}
    assert copy_audit.handler(event, CONTEXT) == {"copied": 0, "alarms": 2}  # type: ignore[arg-type]
    assert "demo: chain 1 was changed" in told[0]
    assert "demo: head 1 was removed" in told[0]
