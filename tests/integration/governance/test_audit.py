"""The audit trail: one chain, whoever writes, and no change stays hidden."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from moto import mock_aws

from penstock.errors import TamperedAudit
from penstock.governance import AuditTrail
from penstock.governance.audit import _hash
from penstock.stores import ItemStore, MemoryItems
from penstock.stores.aws import DynamoItems

AT = "2026-01-01T00:00:00.000Z"
CHAIN = "chain#demo"


def record(trail: AuditTrail, subject: str, **options: object) -> int:
    return trail.append("demo", action="did", actor="ann", subject=subject, at=AT, **options).sequence  # type: ignore[arg-type]


@pytest.fixture
def items() -> MemoryItems:
    items = MemoryItems()
    for number in range(1, 6):
        record(AuditTrail(items), f"thing {number}", details={"number": number, "share": 0.25})
    return items


def place(number: int) -> tuple[str, str]:
    return CHAIN, f"{number:010d}"


def change(items: ItemStore, number: int, **changes: object) -> None:
    found = items.get(*place(number))
    assert found is not None
    items.put({**found, **changes})


def rewrite(items: ItemStore, number: int, **changes: object) -> None:
    """Change a record and make its own hash fit."""
    found = AuditTrail(items)
    old = list(found.records("demo"))[number - 1].model_copy(update=changes)
    change(items, number, **changes, hash=_hash(old.model_dump(exclude={"hash"})))


def swap(items: ItemStore, one: int, other: int) -> None:
    first, second = items.get(*place(one)), items.get(*place(other))
    assert first is not None
    assert second is not None
    items.put({**first, "sk": place(other)[1]})
    items.put({**second, "sk": place(one)[1]})


def insert(items: ItemStore) -> None:
    found = items.get(*place(3))
    assert found is not None
    items.put({**found, "sk": place(3)[1] + "a"})


def empty(items: ItemStore) -> None:
    for number in range(1, 6):
        items.delete(*place(number))


def transplant(items: ItemStore) -> None:
    """Put another use case's genuine chain in the place of this one's."""
    trail = AuditTrail(items)
    for number in range(1, 6):
        trail.append("other", action="did", actor="bob", subject=str(number), at=AT)
    for item in list(items.query("chain#other")):
        items.put({**item, "pk": CHAIN})


TAMPERINGS: dict[str, tuple[Callable[[ItemStore], object], int]] = {
    "an actor changed": (lambda items: change(items, 2, actor="eve"), 2),
    "details changed": (lambda items: change(items, 3, details={"number": 4}), 3),
    "a hash changed": (lambda items: change(items, 3, hash="0" * 64), 3),
    "a field removed": (lambda items: items.put({"pk": CHAIN, "sk": place(3)[1], "sequence": 3}), 3),
    "changed with a fitting hash": (lambda items: rewrite(items, 2, actor="eve"), 2),
    "the last one changed with a fitting hash": (lambda items: rewrite(items, 5, actor="eve"), 5),
    "the first removed": (lambda items: items.delete(*place(1)), 1),
    "one in the middle removed": (lambda items: items.delete(*place(3)), 3),
    "the last removed": (lambda items: items.delete(*place(5)), 5),
    "everything removed": (empty, 1),
    "two in each other's place": (lambda items: swap(items, 2, 3), 2),
    "one put in": (insert, 4),
    "another use case's chain": (transplant, 1),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found_and_located(items: MemoryItems, tampering: str) -> None:
    assert AuditTrail(items).verify("demo") == 5
    do, first = TAMPERINGS[tampering]
    do(items)
    with pytest.raises(TamperedAudit, match=f"demo, record {first}"):
        AuditTrail(items).verify("demo")


def test_writers_at_the_same_time_keep_one_chain() -> None:
    trail = AuditTrail(MemoryItems())
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: record(trail, str(n)), range(60)))
    assert sorted(numbers) == list(range(1, 61))
    assert trail.verify("demo") == 60
    assert {entry.subject for entry in trail.records("demo")} == {str(n) for n in range(60)}


def test_a_verification_during_writes_raises_no_false_alarm() -> None:
    trail = AuditTrail(MemoryItems())
    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(record, trail, str(n)) for n in range(80)]
        while not all(write.done() for write in writes):
            trail.verify("demo")
    assert trail.verify("demo") == 80


def test_chains_of_use_cases_are_apart() -> None:
    trail = AuditTrail(MemoryItems())
    record(trail, "x")
    assert trail.append("other", action="did", actor="ann", subject="x", at=AT).sequence == 1
    assert trail.verify("empty") == 0


def test_a_fact_that_happens_once_is_recorded_once() -> None:
    trail = AuditTrail(MemoryItems())
    first = record(trail, "x", details={"run": 1, "share": 2.0}, once=True)
    record(trail, "y", once=True)
    assert record(trail, "x", details={"run": 1, "share": 2.0}, once=True) == first
    assert record(trail, "x", details={"run": 2, "share": 2.0}, once=True) == 3
    assert record(trail, "x", details={"run": 2, "share": 2.0}) == 4
    assert trail.verify("demo") == 4


def test_what_dynamodb_gives_back_still_has_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        table = boto3.resource("dynamodb", region_name="eu-west-1").create_table(
            TableName="audit",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        trail = AuditTrail(DynamoItems(table))
        numbers = {
            "whole": 2.0,
            "part": 0.1 + 0.2,
            "small": 1e-9,
            "nothing": None,
            "not": float("nan"),
            "minus": -0.0,
        }
        record(
            trail,
            "x",
            details={"numbers": numbers, "list": [1.0, 2.5, {"deep": float("inf")}], "é": "ü"},
            once=True,
        )
        record(
            trail,
            "x",
            details={"numbers": numbers, "list": [1.0, 2.5, {"deep": float("inf")}], "é": "ü"},
            once=True,
        )
        assert trail.verify("demo") == 1
