"""Whatever is typed is a question: no error of syntax, no injection, and both engines find the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.catalog.search import build, find, parse_query
from penstock.catalog.words import fold, name_words, words
from penstock.errors import InvalidSpec
from tests.unit.catalog.search.conftest import DOCUMENTS, NOW, Find, document

NASTY = [
    '"', "''", '" OR "1"="1', "'; DROP TABLE document; --", "*", "a*", "^a", "(", ")", "a AND", "OR",
    "NOT order",
    "NEAR(a b)", "name:order", "{name place}: order", "a + b", "-order", "kind:", 'kind:"', "%", "_", "____",
    "kind:' OR 1=1 --", "owner:\x00", "order\x00total", "\ud800", "tag:\udfff", "👩‍👩‍👧", "\u202eredro",
    "a" * 1_000, '"' * 999, "kind:column " * 80, "½ ² ﬁ ẞ İ \u0131", "Z̷̡̢a̵l̶g̸o̵", "注文 顧客",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_nothing_that_is_typed_is_an_error(ask: Find, text: str) -> None:
    found = ask(text)
    assert found.total >= len(found.hits) or found.total == 0
    found.model_dump_json(fallback=str)
    assert ask("customer email").total == 1


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_question(ask: Find, text: str) -> None:
    assert ask(text).total >= 0


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the same index with FTS5 and without."""
    folder = tmp_path_factory.mktemp("both")
    odd = [document("term:odd", meaning="½ ² ﬁ İ ǅ Z̷a̵ 注文 𞤀𞤣 ﷺ naïve co-op"), *DOCUMENTS]
    for name, full_text in (("text", True), ("scan", False)):
        build(odd, folder / name, at=NOW, full_text=full_text)
    return folder / "text", folder / "scan"


SEARCHED = st.sampled_from(
    [*"order total customer email shop strasse churn ½ ² ﬁ İ 注文 𞤀𞤣 naïve coop orders".split()]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(SEARCHED, st.text(max_size=6)), max_size=4).map(" ".join))
def test_full_text_and_scan_find_the_same(both: tuple[Path, Path], text: str) -> None:
    first, second = (find(path, parse_query(text), now=NOW) for path in both)
    assert {hit.node for hit in first.hits} == {hit.node for hit in second.hits}
    assert (first.total, first.facets, first.corrected) == (second.total, second.facets, second.corrected)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_whatever_a_thing_is_called_it_is_found_by_that_name(text: str) -> None:
    if named := name_words(text):
        asked = parse_query(text.replace(":", " ").replace('"', " "))
        assert set(asked.words) <= set(named)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_folding_twice_is_folding_once_and_words_lie_in_their_text(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert fold(text[word.start : word.end])[:64] == word.folded


def test_a_question_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="too long"):
        parse_query("a" * 1_001)
