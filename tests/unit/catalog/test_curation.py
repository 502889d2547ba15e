"""People tag and define only what exists, and each of it is audited in their name."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.catalog.curation import GLOSSARY, Curation
from penstock.errors import InvalidSpec, NotFound
from penstock.governance import AuditTrail
from penstock.stores import MemoryItems
from tests.unit.catalog.search.conftest import NOW, case

PLACE = {"use_case": "demo_case", "dataset": "invoices"}


@pytest.fixture
def curation() -> Curation:
    catalog = Catalog(MemoryItems())
    catalog.register(case(), by="dana", at=NOW)
    return Curation(catalog=catalog, audit=AuditTrail(MemoryItems()), now=lambda: NOW)


def test_a_tag_is_set_and_audited(curation: Curation) -> None:
    told = curation.curate({"action": "tag", **PLACE, "column": "amount", "add": ["Gold"]}, "stewart")
    assert (told["node"], told["tags"]) == ("column:demo_case/invoices/amount", ["gold"])
    (record,) = curation.audit.records("demo_case")
    assert (record.actor, record.action, record.subject) == ("stewart", "tags changed", told["node"])
    assert record.details == {"added": ["Gold"], "removed": [], "tags": ["gold"]}


def test_a_term_is_defined_and_audited_in_a_chain_of_its_own(curation: Curation) -> None:
    nodes = ["column:demo_case/invoices/late", "dataset:demo_case/invoices"]
    said = {"name": "Late payment", "definition": "After the due day.", "nodes": nodes}
    assert curation.curate({"action": "define", **said}, "stewart")["by"] == "stewart"
    assert curation.audit.verify(GLOSSARY) == 1
    assert curation.catalog.metadata.term("late payment").nodes == tuple(nodes)


@pytest.mark.parametrize(
    "payload",
    [
        {"action": "tag", **PLACE, "dataset": "nothing", "add": ["a"]},
        {"action": "tag", **PLACE, "use_case": "nobody", "add": ["a"]},
        {"action": "tag", **PLACE, "column": "nothing", "add": ["a"]},
        *(
            {"action": "define", "name": "T", "definition": "d", "nodes": [node]}
            for node in ("", "late", "dataset:demo_case", "dataset:demo_case/invoices/late",
                         "column:demo_case/invoices", "column:demo_case/invoices/late/x",
                         "model:demo_case/invoices")
        ),
    ],
)  # fmt: skip
def test_what_is_not_there_cannot_be_described(curation: Curation, payload: dict[str, Any]) -> None:
    with pytest.raises(NotFound, match="nothing of that name"):
        curation.curate(payload, "stewart")
    assert list(curation.audit.records(GLOSSARY)) == []


@pytest.mark.parametrize(
    "payload",
    [{}, {"action": "drop"}, {"action": "tag"}, {"action": "tag", **PLACE, "by": "me"}, {"action": []}],
)
def test_a_request_that_is_none_is_refused(curation: Curation, payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec, match="cannot be read"):
        curation.curate(payload, "stewart")
