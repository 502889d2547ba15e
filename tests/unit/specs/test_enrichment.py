"""Which datasets may take columns from which."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

from typing import Any

import pytest

from penstock.specs import Contract, load_use_case
from penstock.specs.enrichment import enrichment_problems


def contract(name: str, *others: str, take: str = "id", **column: Any) -> Contract:
    rules = [
        {
            "enrich": "join",
            "dataset": other,
            "on": {"id": "id"},
            "take": [{"column": take, "name": f"{other}_x"}],
        }
        for other in others
    ]
    return Contract.model_validate({
        "dataset": name, "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
        "classification": "internal", "columns": [{"name": "id", "type": "string", **column}], "rules": rules,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("contracts", "problem"),
    [
        ([contract("a", "b"), contract("b", "c"), contract("c")], None),
        ([contract("a", "a")], "in a circle: a takes from a"),
        ([contract("a", "b"), contract("b", "c"), contract("c", "a")],
         "in a circle: c takes from a takes from b takes from c"),
        ([contract("a", "b")], "a: enrich join needs the dataset b, which has no contract"),
        ([contract("a", "b", take="x"), contract("b")], "a: enrich join needs x, which the curated data of b do not"),
        ([contract("a", "b"), contract("b", protect="drop")], "a: enrich join needs id, which the curated data of b"),
        ([contract("a", "b"), contract("b", protect="hash")], "a: enrich join needs id, of which b has only hashes"),
    ],
)  # fmt: skip
def test_datasets_enrich_one_another(contracts: list[Contract], problem: str | None) -> None:
    found = enrichment_problems(contracts)
    assert bool(found) == bool(problem)
    assert not problem or problem in found[0]


def test_a_use_case_with_a_circle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    use_case = load_use_case(Path("examples/late_invoices"))
    document = use_case.model_dump()
    document["datasets"][0]["rules"] = [
        {"enrich": "join", "dataset": use_case.datasets[0].dataset, "take": [{"column": "amount", "name": "again"}],
         "on": {use_case.datasets[0].columns[0].name: use_case.datasets[0].columns[0].name}}
    ]  # fmt: skip
    with pytest.raises(ValueError, match="invoices takes from invoices"):
        type(use_case).model_validate(document)
