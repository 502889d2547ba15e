"""The report is one page that stands alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from penstock.reports import Facts, render
from penstock.reports.facts import ArrivalFact, CheckFact

VOID = {"meta", "br"}


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_full_report_is_below_a_megabyte_and_well_formed(facts: Facts) -> None:
    page = render(facts)
    assert 10_000 < len(page.encode()) < 1_000_000
    balance = _Balance()
    balance.feed(page)
    assert balance.open == []


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(facts: Facts) -> None:
    page = render(facts)
    assert not re.search(r"<script|<link|<img|@import|url\(|https?://|\son\w+=", page)


@pytest.mark.parametrize("section", ["Data", "Versions", "Gates", "Workflows", "Audit", "Ten rows explained"])
def test_every_part_of_the_story_has_its_section(facts: Facts, section: str) -> None:
    assert f"<h2>{section}</h2>" in render(facts)


def test_texts_from_outside_cannot_become_markup(facts: Facts) -> None:
    evil = "<script>alert('x')</script>\"&"
    version = facts.versions[0].model_copy(
        update={
            "candidate": evil,
            "checks": (CheckFact(check=evil, passed=False, reason=evil),),
            "shap": {evil: 1.0},
            "requested_by": evil,
        }
    )
    arrival = ArrivalFact(dataset=evil, file_name=evil, status="refused", received_at=evil, error=evil)
    changed = facts.model_copy(
        update={"title": evil, "owner": evil, "versions": (version,), "arrivals": (arrival,)}
    )
    page = render(changed)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_use_case_without_anything_still_has_a_report() -> None:
    empty = Facts(
        use_case="new",
        title="New",
        owner="o",
        environment="dev",
        generated_at="2026-01-01T00:00:00.000Z",
        metric="auc",
    )
    assert "<h2>Audit</h2>" in render(empty)


def test_a_refused_gate_and_its_reason_are_shown(facts: Facts) -> None:
    page = render(facts)
    assert '<span class="tag fail">fail</span>' in page


def test_the_same_facts_give_the_same_page(facts: Facts) -> None:
    assert render(facts) == render(facts)


def test_the_public_names_stay_what_they_are_whatever_is_imported_first() -> None:
    from penstock.reports import Executions, collect, render

    assert all(callable(name) for name in (collect, render, Executions))
