"""What is asked is found, in an order that helps, and counted; with FTS5 and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.catalog.search import build, find, parse_query
from penstock.errors import InvalidSpec
from tests.unit.catalog.search.conftest import NOW, Find, document

EMAIL, TOTAL = "column:shop/orders/customer_email", "column:shop/orders/orderTotal"
STREET, MEAN, CHURN, ORDERS = (
    "column:shop/orders/straße",
    "feature:shop/history/mean_total",
    "term:Churn",
    "dataset:shop/orders",
)


def nodes(results: Any) -> list[str]:
    return [hit.node for hit in results.hits]


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("customer email", EMAIL),
        ("customer_email", EMAIL),
        ("CustomerEmail", EMAIL),
        ("customeremail", EMAIL),
        ("email customer", EMAIL),
        ("cust ema", EMAIL),
        ("order total", TOTAL),
        ("ordertotal", TOTAL),
        ("strasse", STREET),
        ("STRAẞE", STREET),
        ("hausnummern OR hausnummer", STREET),
        ("abwanderung", CHURN),
        ("attrition", CHURN),
        ('"order totals"', MEAN),
        ("customers ordered", ORDERS),
    ],
)
def test_things_are_found_however_their_name_is_written(ask: Find, text: str, node: str) -> None:
    assert nodes(ask(text))[0] == node


@pytest.mark.parametrize(
    ("text", "corrected", "node"),
    [
        ("custmer emial", "customer email", EMAIL),
        ("attritoin", "attrition", CHURN),
        ('"ordr totals"', "order totals", MEAN),
    ],
)
def test_a_typo_is_corrected_when_nothing_is_found(ask: Find, text: str, corrected: str, node: str) -> None:
    found = ask(text)
    assert (found.corrected, nodes(found)[0], found.relaxed) == (corrected, node, False)


def test_what_is_found_as_it_was_asked_is_not_corrected(ask: Find) -> None:
    assert ask("order").corrected == ""


def test_when_nothing_has_all_words_what_has_some_is_given_and_said_so(ask: Find) -> None:
    found = ask("churn zzzzzz")
    assert (nodes(found), found.relaxed) == ([CHURN], True)


def test_what_nobody_has_is_not_found(ask: Find) -> None:
    found = ask("zzzzzz qqqqqq")
    assert (found.total, found.hits, found.facets, found.relaxed) == (0, (), {}, False)


def test_a_phrase_wants_its_words_beside_each_other(ask: Find) -> None:
    assert ask('"totals order"').relaxed
    assert nodes(ask('"order totals"')) == [MEAN]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("owner:sales", {ORDERS, EMAIL, MEAN}),
        ("owner:SALES kind:column", {EMAIL}),
        ("kind:column kind:term", {EMAIL, TOTAL, STREET, CHURN}),
        ("order kind:dataset", {ORDERS}),
        ('tag:"gold"', {ORDERS}),
        ("sensitivity:personal", {EMAIL}),
        ("owner:nobody", set()),
    ],
)
def test_filters_narrow_what_is_found(ask: Find, text: str, found: set[str]) -> None:
    results = ask(text)
    assert (set(nodes(results)), results.total) == (found, len(found))


def test_filters_may_be_given_beside_the_text(ask: Find) -> None:
    assert nodes(ask("email", filters={"kind": ["column"], "owner": ["sales"]})) == [EMAIL]
    with pytest.raises(InvalidSpec, match="no such filter"):
        ask("email", filters={"colour": ["red"]})


def test_facets_count_the_results_and_a_filter_leaves_its_alternatives(ask: Find) -> None:
    everything, narrowed = ask(""), ask("kind:column")
    assert everything.facets["kind"] == {"column": 3, "dataset": 1, "feature": 1, "term": 1}
    assert narrowed.facets["kind"] == everything.facets["kind"]
    assert narrowed.facets["sensitivity"] == {"personal": 1}
    assert everything.facets["owner"] == {"Sales": 3}


def test_marks_say_where_the_words_stand(ask: Find) -> None:
    hit = next(hit for hit in ask("customer orders").hits if hit.node == ORDERS)
    name, text = hit.name, hit.snippet
    assert [name.text[a:b] for a, b in name.marks] == ["orders"]
    assert [text.text[a:b] for a, b in text.marks] == ["customers", "ordered"]


def test_a_long_text_is_cut_to_where_the_word_is(tmp_path: Path) -> None:
    long = document("dataset:a/b", meaning="nothing here " * 100 + "needle " + "nor here " * 100)
    build([long], tmp_path / "i", at=NOW)
    snippet = find(tmp_path / "i", parse_query("needle"), now=NOW).hits[0].snippet
    assert len(snippet.text) < 180
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["needle"]


def test_pages_follow_each_other(ask: Find) -> None:
    pages = [nodes(ask("", limit=4)), nodes(ask("", limit=4, offset=4))]
    assert [len(page) for page in pages] == [4, 2]
    assert len({*pages[0], *pages[1]}) == 6
    with pytest.raises(InvalidSpec, match="So many"):
        ask("", limit=101)


ALIKE: dict[str, Any] = {"name": "amount", "meaning": "What is paid"}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"uses": 3}, {"uses": 0}),
        ({"updated_at": "2026-02-27T00:00:00.000Z"}, {"updated_at": "2025-02-27T00:00:00.000Z"}),
        ({"updated_at": "2025-02-27T00:00:00.000Z"}, {"updated_at": ""}),
        ({"quality": 0.99}, {"quality": 0.5}),
        ({"quality": None}, {"quality": 0.1}),
    ],
)
def test_of_things_alike_the_used_fresh_and_good_come_first(
    tmp_path: Path, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    pair = [document("column:a/x", **{**ALIKE, **worse}), document("column:b/x", **{**ALIKE, **better})]
    build(pair, tmp_path / "i", at=NOW)
    assert nodes(find(tmp_path / "i", parse_query("paid"), now=NOW)) == ["column:b/x", "column:a/x"]


def test_the_thing_whose_whole_name_was_asked_for_comes_before_those_that_mention_it(tmp_path: Path) -> None:
    mentions = document("dataset:a/orders_by_customer", meaning="customer orders, orders, orders", uses=50)
    build([mentions, document("dataset:z/customer_orders")], tmp_path / "i", at=NOW)
    assert (
        nodes(find(tmp_path / "i", parse_query("customer orders"), now=NOW))[0] == "dataset:z/customer_orders"
    )


def test_the_same_documents_in_any_order_make_the_same_answers(tmp_path: Path) -> None:
    many = [document(f"column:shop/t/c{number}", meaning="the same") for number in range(50)]
    build(many, tmp_path / "one", at=NOW)
    build(reversed(many), tmp_path / "two", at=NOW)
    one, two = (find(tmp_path / name, parse_query("same"), now=NOW, limit=50) for name in ("one", "two"))
    assert one == two
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
