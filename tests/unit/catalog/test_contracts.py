"""Which version of a contract is in force, who may decide, and what is material."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog import Contracts, ContractStatus
from penstock.catalog.materiality import material_changes
from penstock.errors import AlreadyDecided, NotFound, SegregationOfDuties
from penstock.specs import Contract
from penstock.stores import MemoryItems

PLACE = ("uc", "payments")
RULE = {"check": "between", "column": "amount", "minimum": 0}


def contract(**changes: Any) -> Contract:
    columns = [
        {"name": "id", "type": "string", "key": True},
        {"name": "amount", "type": "decimal"},
        {"name": "day", "type": "date"},
    ]
    facts = {"dataset": "payments", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
             "classification": "confidential", "columns": columns, "rules": [RULE]}  # fmt: skip
    return Contract.model_validate({**facts, **changes})


def column(place: int, **changes: Any) -> list[dict[str, Any]]:
    columns = [one.model_dump() for one in contract().columns]
    columns[place] |= changes
    return columns


def propose(contracts: Contracts, *, by: str = "dana", needs: bool = True, **changes: Any) -> Any:
    return contracts.propose("uc", contract(**changes), by=by, at="t", needs_approval=needs)


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "All of them"},
        {"columns": column(1, meaning="what was paid", unit="EUR")},
        {"rules": [RULE, {"check": "not_null", "columns": ["amount"]}]},
        {"rules": [{**RULE, "reason": "Nobody pays less than nothing"}]},
        {"max_quarantined": 0.1},
        {"trigger": {"kind": "batch", "files": 5}},
    ],
)
def test_documentation_and_stricter_checks_are_not_material(changes: dict[str, Any]) -> None:
    assert material_changes(contract(), contract(**changes)) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": "marketing"}, "purpose: 'p' became 'marketing'"),
        ({"legal_basis": "none"}, "legal_basis"),
        ({"classification": "internal"}, "classification"),
        ({"retention_days": 9_999}, "retention_days: 2555 became 9999"),
        ({"owner": "x"}, "owner"),
        ({"columns": column(1, type="integer")}, "column amount: type 'decimal' became 'integer'"),
        ({"columns": column(2, protect="drop")}, "column day: protect"),
        ({"columns": column(2)[:2]}, "column day: removed"),
        ({"columns": [*column(2), {"name": "more", "type": "string"}]}, "column more: added"),
        ({"columns": column(2)[::-1]}, "columns: another order"),
        ({"rules": []}, "rule removed or changed"),
        ({"rules": [{**RULE, "minimum": -9}]}, "rule removed or changed"),
        ({"max_quarantined": 0.9}, "max_quarantined: 0.2 became 0.9"),
        ({"partition_by": [{"column": "day", "unit": "month"}]}, "partition_by"),
        ({"evolution": "add_columns"}, "evolution"),
    ],
)
def test_what_a_steward_answers_for_is_material(changes: dict[str, Any], words: str) -> None:
    (found,) = material_changes(contract(), contract(**changes))
    assert words in found


def test_a_version_is_in_force_when_another_person_has_approved_it() -> None:
    contracts = Contracts(MemoryItems())
    assert propose(contracts).status is ContractStatus.REGISTERED
    assert propose(contracts).number == 1
    assert contracts.in_force(*PLACE) is None
    with pytest.raises(SegregationOfDuties):
        contracts.decide(*PLACE, "approve", by="dana", reason="", at="t")
    assert contracts.decide(*PLACE, "approve", by="priya", reason="fine", at="t").in_force
    with pytest.raises(AlreadyDecided):
        contracts.decide(*PLACE, "reject", by="priya", reason="", at="t")
    found = contracts.in_force(*PLACE)
    assert found is not None
    assert (found.number, found.decided_by, contracts.contract(found)) == (1, "priya", contract())


def test_without_need_a_version_is_approved_by_policy() -> None:
    found = propose(Contracts(MemoryItems()), needs=False)
    assert (found.status, found.decided_by, found.in_force) == (ContractStatus.APPROVED, "policy", True)


def test_a_later_version_supersedes_one_that_waits_and_a_rejected_one_may_be_proposed_again() -> None:
    contracts = Contracts(MemoryItems())
    propose(contracts)
    propose(contracts, purpose="other")
    history = contracts.history(*PLACE)
    assert [one.status for one in history] == [ContractStatus.SUPERSEDED, ContractStatus.REGISTERED]
    contracts.decide(*PLACE, "reject", by="priya", reason="too wide", at="t")
    assert contracts.pending(*PLACE) is None
    assert propose(contracts, purpose="other").number == 3


def test_going_back_to_what_is_in_force_needs_no_approval() -> None:
    contracts = Contracts(MemoryItems())
    propose(contracts)
    contracts.decide(*PLACE, "approve", by="priya", reason="", at="t")
    assert propose(contracts, purpose="other").status is ContractStatus.REGISTERED
    back = propose(contracts)
    assert (back.number, back.status, back.in_force) == (3, ContractStatus.APPROVED, True)
    assert contracts.history(*PLACE)[1].status is ContractStatus.SUPERSEDED


def test_a_contract_that_was_never_registered_is_not_decided() -> None:
    with pytest.raises(NotFound):
        Contracts(MemoryItems()).decide(*PLACE, "approve", by="priya", reason="", at="t")
