"""Answering a question from an index file: ranked results with snippets, and counts by facet."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.catalog.search.match import correct, fill_hits
from penstock.catalog.search.query import FILTERS, Query
from penstock.catalog.words import forms, words
from penstock.errors import InvalidSpec

SCORE = """
    hit.relevance
    * (CASE WHEN asked.exact <> '' AND d.exact = asked.exact THEN 2.0 ELSE 1.0 END)
    * (1.0 + 0.30 * d.uses / (d.uses + 3.0)
           + 0.20 / (1.0 + max(0.0, coalesce(julianday(asked.now) - julianday(d.updated), 3650.0)) / 30.0)
           + 0.15 * coalesce(d.quality, 0.5))
"""
"""Relevance of the words (BM25), doubled for a name that was asked for in full; up to 30 % more for what is
used, 20 % for what is fresh (half of it after 30 days), 15 % for what is good. The words weigh most; among
things alike, what is used, fresh and good comes first."""

_MOST, _FACET_VALUES, _SNIPPET = 100, 20, 160


class Snippet(BaseModel):
    """A piece of text, and where in it the words stand that were asked for."""

    model_config = ConfigDict(frozen=True)

    text: str
    marks: tuple[tuple[int, int], ...] = ()


class Hit(BaseModel):
    """One result."""

    model_config = ConfigDict(frozen=True)

    node: str
    kind: str
    name: Snippet
    place: str
    snippet: Snippet
    score: float
    updated_at: str
    uses: int
    quality: float | None
    facets: dict[str, tuple[str, ...]]


class SearchResults(BaseModel):
    """What was found.

    Attributes
    ----------
    total
        How many there are; ``hits`` has some of them.
    facets
        How many results each value of a facet has, or would have instead of the values that were filtered by.
    corrected
        The words that were searched instead, because nothing has those that were asked for.
    relaxed
        Nothing has all of the words; what is returned has some.
    indexed_at
        When the catalogue was read; empty before it was the first time.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    total: int = 0
    hits: tuple[Hit, ...] = ()
    facets: dict[str, dict[str, int]] = {}
    corrected: str = ""
    relaxed: bool = False
    indexed_at: str = ""


def find(path: Path, query: Query, *, now: str, limit: int = 20, offset: int = 0) -> SearchResults:
    """Answer a question from an index file.

    When nothing has all words, words that are not known are replaced by known ones that look alike; when that
    does not help either, any of the words is enough.

    Parameters
    ----------
    path
        A file that :func:`~penstock.catalog.search.build` wrote; it is only read.
    query
        What :func:`~penstock.catalog.search.parse_query` understood.
    now
        The time, for how fresh results are.
    limit, offset
        How many results, at most 100, and how many to leave out before them.
    """
    if not 1 <= limit <= _MOST or offset < 0:
        raise InvalidSpec(
            "So many results are not given at once.",
            found=f"{limit} from {offset}",
            expected=f"1 to {_MOST} from 0",
        )
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        about = dict(connection.execute("SELECT key, value FROM about").fetchall())
        searched, relaxed = _search(connection, query, full_text=about["full_text"] == "1")
        changed = set(searched.terms) != set(query.terms)
        return SearchResults(
            text=query.text,
            total=_count(connection, query),
            hits=_hits(connection, searched, now=now, limit=limit, offset=offset),
            facets={key: found for key in FILTERS if (found := _facet(connection, query, key))},
            corrected=" ".join(searched.terms) if changed else "",
            relaxed=relaxed,
            indexed_at=about["at"],
        )


def _search(connection: sqlite3.Connection, query: Query, *, full_text: bool) -> tuple[Query, bool]:
    """Fill the table of hits; return the question that was answered, and whether one word was enough."""
    if fill_hits(connection, query, any_word=False, full_text=full_text):
        return query, False
    guessed = correct(connection, query)
    if guessed != query and fill_hits(connection, guessed, any_word=False, full_text=full_text):
        return guessed, False
    loose = guessed.model_copy(update={"words": tuple(dict.fromkeys(guessed.terms)), "phrases": ()})
    found = fill_hits(connection, loose, any_word=True, full_text=full_text)
    return (loose, True) if found else (query, False)


def _filtered(query: Query, *, but: str = "") -> tuple[str, list[str]]:
    """Return the condition that a document passes the filters, all or all but one, and its parameters."""
    conditions, values = ["1"], list[str]()
    for key, wanted in query.filters.items():
        if key != but:
            marks = ", ".join("?" * len(wanted))
            conditions.append(
                "EXISTS (SELECT 1 FROM facet f WHERE f.document = hit.id "  # noqa: S608
                f"AND f.key = ? AND f.folded IN ({marks}))"
            )
            values += [key, *wanted]
    return " AND ".join(conditions), values


def _count(connection: sqlite3.Connection, query: Query) -> int:
    condition, values = _filtered(query)
    count: int = connection.execute(f"SELECT count(*) FROM hit WHERE {condition}", values).fetchone()[0]  # noqa: S608
    return count


def _facet(connection: sqlite3.Connection, query: Query, key: str) -> dict[str, int]:
    """Count the results by the values of a facet, the most frequent first."""
    condition, values = _filtered(query, but=key)
    counted = connection.execute(
        "SELECT min(own.value), count(*) FROM hit JOIN facet own ON own.document = hit.id AND own.key = ? "  # noqa: S608
        f"WHERE {condition} GROUP BY own.folded ORDER BY 2 DESC, 1 LIMIT {_FACET_VALUES}",
        [key, *values],
    )
    return dict(counted.fetchall())


def _hits(
    connection: sqlite3.Connection, query: Query, *, now: str, limit: int, offset: int
) -> tuple[Hit, ...]:
    condition, values = _filtered(query)
    rows = connection.execute(
        "SELECT d.node, d.kind, d.name, d.body, d.updated, d.uses, d.quality, "  # noqa: S608
        f"{SCORE} AS score FROM hit JOIN document d ON d.id = hit.id, (SELECT ? AS exact, ? AS now) asked "
        f"WHERE {condition} ORDER BY score DESC, d.rank, d.node LIMIT {int(limit)} OFFSET {int(offset)}",
        ["".join(query.terms), now, *values],
    )
    return tuple(_hit(row, query) for row in rows)


def _hit(row: tuple[Any, ...], query: Query) -> Hit:
    node, kind, name, body, updated, uses, quality, score = row
    told, sought = json.loads(body), tuple(form for term in query.terms for form in forms(term))
    texts = [told["meaning"], ", ".join(told["terms"]), ", ".join(told["people"])]
    marked = [_snippet(text, sought) for text in texts if text]
    best = next((one for one in marked if one.marks), marked[0] if marked else Snippet(text=""))
    return Hit(
        node=node,
        kind=kind,
        name=Snippet(text=name, marks=_marks(name, sought)),
        place=told["place"],
        snippet=best,
        score=score,
        updated_at=updated or "",
        uses=uses,
        quality=quality,
        facets=told["facets"],
    )


def _snippet(text: str, sought: tuple[str, ...]) -> Snippet:
    """Cut a text to where it first has a word that was asked for."""
    flat = " ".join(text.split())
    marks = _marks(flat, sought)
    first = marks[0][0] if marks else 0
    start = 0 if first < _SNIPPET // 2 else max(0, flat.rfind(" ", 0, first - 40) + 1)
    cut = flat[start : start + _SNIPPET]
    lead, tail = "... " if start else "", " ..." if start + _SNIPPET < len(flat) else ""
    shift = len(lead) - start
    inside = ((a + shift, b + shift) for a, b in marks if a >= start and b <= start + _SNIPPET)
    return Snippet(text=f"{lead}{cut}{tail}", marks=tuple(inside))


def _marks(text: str, sought: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Return where the words of a text begin as one that was asked for."""
    return tuple((word.start, word.end) for word in words(text) if sought and word.folded.startswith(sought))
