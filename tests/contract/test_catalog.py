"""The catalogue on each kind of store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from penstock.catalog import TRANSITIONS, Arrival, Catalog, Failure, LandedObject, Part, Removal, Status
from penstock.errors import Conflict, NotFound, RemovedData, UnregisteredDataset
from penstock.specs import load_use_case, parse_use_case
from penstock.stores import ItemStore

USE_CASE = load_use_case(Path("examples/late_invoices"))
PLACE = ("late_invoices", "invoices")
COLUMNS = [{"name": "invoice_id", "type": "string"}]
ROWS = {"rows_in": 10, "rows_curated": 9, "rows_quarantined": 1}


def at(second: int) -> str:
    return f"2025-01-01T00:00:{second:02d}.000Z"


def arrival(number: int, **changes: object) -> Arrival:
    landed = LandedObject(bucket="landing", key=f"late_invoices/invoices/{number}.csv", version="v", size=1)
    facts = {
        "id": landed.arrival_id, "use_case": PLACE[0], "dataset": PLACE[1], "file_name": f"{number}.csv",
        "object": landed, "received_at": at(number), "updated_at": at(number), "execution": f"run-{number}",
    }  # fmt: skip
    return Arrival.model_validate({**facts, **changes})


def part(number: int, sha256: str | None = None) -> Part:
    return Part(
        key=f"curated/{number}.parquet", version="v", bytes=5, rows=9, sha256=sha256 or f"{number:064d}"
    )


def committed(catalog: Catalog, number: int, sha256: str | None = None) -> str:
    one = catalog.begin(arrival(number))
    catalog.accept(*PLACE, one.id, rows=ROWS, report_key="reports/r.json", at=at(number))
    return catalog.commit(*PLACE, one.id, parts=[part(number, sha256)], columns=COLUMNS, at=at(number)).id


@pytest.fixture
def catalog(items: ItemStore) -> Catalog:
    made = Catalog(items)
    made.register(USE_CASE, by="ann", at=at(0))
    return made


def test_a_registered_use_case_comes_back_the_same(catalog: Catalog) -> None:
    assert catalog.use_case("late_invoices") == USE_CASE
    assert catalog.contract(*PLACE) == USE_CASE.contract("invoices")


def test_registering_again_changes_the_contract_and_the_list(catalog: Catalog) -> None:
    document = USE_CASE.model_dump(mode="json")
    document["datasets"][0]["owner"] = "treasury"
    changed = parse_use_case(document, where="test")
    assert catalog.register(changed, by="bob", at=at(1)) == changed.digest != USE_CASE.digest
    assert catalog.contract(*PLACE).owner == "treasury"
    assert [(entry["use_case"], entry["dataset"], entry["owner"]) for entry in catalog.datasets()] == [
        ("late_invoices", "invoices", "treasury")
    ]


def test_a_wide_contract_fits(items: ItemStore) -> None:
    document = USE_CASE.model_dump(mode="json")
    document["datasets"][0]["columns"] += [{"name": f"measure_{n}", "type": "decimal"} for n in range(4_000)]
    wide, catalog = parse_use_case(document, where="test"), Catalog(items)
    catalog.register(wide, by="ann", at=at(0))
    assert len(catalog.contract(*PLACE).columns) == len(wide.datasets[0].columns)


@pytest.mark.parametrize(
    ("use_case", "dataset", "expected"),
    [("late_invoices", "orders", "invoices"), ("churn", "invoices", "late_invoices")],
)
def test_an_unregistered_dataset_names_what_could_be_meant(
    catalog: Catalog, use_case: str, dataset: str, expected: str
) -> None:
    with pytest.raises(UnregisteredDataset, match=expected):
        catalog.contract(use_case, dataset)


def test_the_same_version_of_an_object_is_one_arrival(catalog: Catalog) -> None:
    first = catalog.begin(arrival(1))
    again = catalog.begin(arrival(1, execution="other", received_at=at(9)))
    assert again == first
    assert again.execution == "run-1"
    assert len(catalog.arrivals(*PLACE)) == 1


def test_an_arrival_whose_execution_vanished_is_received_again(catalog: Catalog) -> None:
    catalog.begin(arrival(1))
    late = "2099-01-01T00:00:00.000Z"
    again = catalog.begin(arrival(1, execution="second", received_at=late))
    assert (again.execution, again.status) == ("second", Status.RECEIVED)
    assert catalog.begin(arrival(1, execution="third", received_at=late)).execution == "second"


def test_a_failed_arrival_can_be_begun_again(catalog: Catalog) -> None:
    one = catalog.begin(arrival(1))
    catalog.fail(*PLACE, one.id, error=Failure(name="States.Timeout", message="too slow"), at=at(2))
    again = catalog.begin(arrival(1, execution="second"))
    assert (again.status, again.execution, again.error) == (Status.RECEIVED, "second", None)
    assert catalog.arrival(*PLACE, one.id) == again


def test_an_accepted_arrival_becomes_a_snapshot(catalog: Catalog) -> None:
    identifier = committed(catalog, 1)
    snapshot, head = catalog.snapshot(identifier), catalog.head(*PLACE)
    assert snapshot == head
    assert (snapshot.sequence, snapshot.rows, snapshot.parent) == (1, 9, None)
    one = catalog.arrival(*PLACE, arrival(1).id)
    assert (one.status, one.snapshot_id, one.rows_in) == (Status.ACCEPTED, identifier, 10)


def test_snapshots_grow_and_old_ones_stay(catalog: Catalog) -> None:
    first, second = committed(catalog, 1), committed(catalog, 2)
    assert catalog.snapshot(second).parent == first
    assert [len(catalog.snapshot(one).parts) for one in (first, second)] == [1, 2]
    assert catalog.snapshot(second).arrivals == (arrival(1).id, arrival(2).id)


def test_committing_again_changes_nothing(catalog: Catalog) -> None:
    first = committed(catalog, 1)
    second = committed(catalog, 2)
    again = catalog.commit(*PLACE, arrival(1).id, parts=[part(1)], columns=COLUMNS, at=at(9))
    head = catalog.head(*PLACE)
    assert (again.id, head and head.id) == (first, second)


def test_the_same_bytes_under_another_name_are_a_duplicate(catalog: Catalog) -> None:
    first = committed(catalog, 1, sha256="a" * 64)
    assert committed(catalog, 2, sha256="a" * 64) == first
    copy = catalog.arrival(*PLACE, arrival(2).id)
    assert (copy.status, copy.duplicate_of) == (Status.DUPLICATE, arrival(1).id)
    assert catalog.head(*PLACE) == catalog.snapshot(first)


def test_arrivals_at_the_same_time_all_get_into_the_snapshot(catalog: Catalog) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: committed(catalog, number), range(6)))
    head = catalog.head(*PLACE)
    assert head is not None
    assert (head.sequence, set(head.arrivals)) == (6, {arrival(number).id for number in range(6)})


def test_only_an_accepted_arrival_can_be_committed(catalog: Catalog) -> None:
    one = catalog.begin(arrival(1))
    with pytest.raises(Conflict, match="accepted"):
        catalog.commit(*PLACE, one.id, parts=[part(1)], columns=COLUMNS, at=at(1))


def test_a_status_follows_only_where_the_table_says_so(catalog: Catalog) -> None:
    one = catalog.begin(arrival(1))
    catalog.refuse(*PLACE, one.id, error=Failure(name="EmptyFile", message="0 rows"), at=at(1))
    assert TRANSITIONS[Status.REFUSED] == frozenset()
    again = catalog.refuse(*PLACE, one.id, error=Failure(name="Other", message="later"), at=at(2))
    assert again.error == Failure(name="EmptyFile", message="0 rows")
    with pytest.raises(Conflict, match="final"):
        catalog.accept(*PLACE, one.id, rows=ROWS, report_key="r", at=at(2))


def test_arrivals_are_listed_oldest_first(catalog: Catalog) -> None:
    for number in (3, 1, 2):
        catalog.begin(arrival(number))
    assert [one.file_name for one in catalog.arrivals(*PLACE)] == ["1.csv", "2.csv", "3.csv"]


def test_removed_arrivals_are_gone_from_later_snapshots_and_cannot_come_back(catalog: Catalog) -> None:
    first, second = committed(catalog, 1), committed(catalog, 2)
    gone = Removal(arrivals=(arrival(1).id,), at=at(3), by="retention", rule="retention_days 1")
    head = catalog.snapshots.remove(*PLACE, gone)
    assert head is not None
    assert (head.parent, head.rows, head.removal) == (second, 9, gone)
    assert catalog.snapshot(head.id).arrivals == (arrival(2).id,)
    assert catalog.snapshot(first).arrivals == (arrival(1).id,)
    assert catalog.snapshots.removed(*PLACE)[arrival(1).id].removal == gone
    assert [one.sequence for one in catalog.snapshots.history(*PLACE)] == [3, 2, 1]
    with pytest.raises(RemovedData):
        catalog.commit(*PLACE, arrival(1).id, parts=[part(1)], columns=COLUMNS, at=at(9))


def test_holds_are_kept_with_their_release(catalog: Catalog) -> None:
    catalog.holds.place(*PLACE, reason="lawsuit", by="ann", at=at(1))
    catalog.holds.release(*PLACE, by="bob", reason="settled", at=at(2))
    assert catalog.holds.active(*PLACE) == []
    assert [hold.released_by for hold in catalog.holds.every(*PLACE)] == ["bob"]
    assert PLACE in list(catalog.known())


def test_describe_puts_it_all_together(catalog: Catalog) -> None:
    committed(catalog, 1)
    catalog.begin(arrival(2))
    described = catalog.describe(*PLACE)
    assert described["contract"]["owner"] == "finance"
    assert described["arrivals"] == {"accepted": 1, "received": 1}
    assert (described["rows"], described["rows_in"], described["rows_quarantined"]) == (9, 10, 1)


def test_what_is_unknown_is_not_found(catalog: Catalog) -> None:
    with pytest.raises(NotFound):
        catalog.snapshot("x")
    with pytest.raises(NotFound):
        catalog.arrival(*PLACE, "x")
    with pytest.raises(NotFound):
        catalog.use_case("x")
    assert catalog.head(*PLACE) is None


def test_a_contract_that_is_less_strict_waits_as_the_one_in_force_did(catalog: Catalog) -> None:
    def states(document: dict[str, object]) -> list[str]:
        catalog.register(parse_use_case(document, where="here"), by="ann", at=at(9))
        return [str(one.status) for one in catalog.contracts.history(*PLACE)]

    catalog.contracts.decide(*PLACE, "approve", by="bea", reason="fine", at=at(1))
    document = USE_CASE.model_dump(mode="json")
    document["datasets"][0]["classification"] = "internal"
    for column in document["datasets"][0]["columns"]:
        column["sensitivity"] = "none"
    assert states(document) == ["approved", "registered"]


def test_a_steward_lets_go_of_nothing_by_being_left_out(items: ItemStore) -> None:
    catalog, document = Catalog(items), load_use_case(Path("examples/breast_cancer")).model_dump(mode="json")
    place = (document["name"], document["datasets"][0]["dataset"])
    for approval in ("steward", "by_classification"):
        document["contract_approval"] = approval
        document["datasets"][0]["purpose"] += " more"
        catalog.register(parse_use_case(document, where="here"), by="ann", at=at(1))
    assert [str(one.status) for one in catalog.contracts.history(*place)] == ["superseded", "registered"]
