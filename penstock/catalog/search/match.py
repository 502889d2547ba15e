"""Which documents answer a question: by FTS5, or by a scan where SQLite has none; and guesses at typos."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from penstock.catalog.search.document import FIELDS
from penstock.catalog.search.index import grams
from penstock.catalog.search.query import Query
from penstock.catalog.words import forms

WEIGHTS = dict(zip(FIELDS, (10.0, 4.0, 6.0, 3.0, 2.0, 1.0), strict=True))
"""How much a word counts where it stands: names and curated terms most."""

_GUESSES = 50
_SHORT = 5


def fill_hits(connection: sqlite3.Connection, query: Query, *, any_word: bool, full_text: bool) -> int:
    """Fill the temporary table ``hit`` with documents and their relevance; return how many there are.

    Parameters
    ----------
    any_word
        One of the words is enough.
    """
    connection.execute("DROP TABLE IF EXISTS temp.hit")
    connection.execute("CREATE TEMP TABLE hit (id INTEGER PRIMARY KEY, relevance REAL)")
    if not query.terms:
        connection.execute("INSERT INTO hit SELECT id, 1.0 FROM document")
    elif full_text:
        weights = ", ".join(map(str, WEIGHTS.values()))
        connection.execute(
            f"INSERT INTO hit SELECT rowid, -bm25(text, {weights}) FROM text WHERE text MATCH ?",  # noqa: S608
            (expression(query, any_word=any_word),),
        )
    else:
        connection.executemany("INSERT INTO hit VALUES (?, ?)", scan(connection, query, any_word=any_word))
    count: int = connection.execute("SELECT count(*) FROM hit").fetchone()[0]
    return count


def expression(query: Query, *, any_word: bool) -> str:
    """Return a question as FTS5 wants it; folded words have letters and digits only, so quotes hold them.

    Examples
    --------
    >>> expression(Query(words=("invoices",), phrases=(("paid", "late"),)), any_word=False)
    '("invoices" OR "invoices"* OR "invoice"*) AND "paid late"'
    """
    parts = [_word(word) for word in query.words]
    parts += [f'"{" ".join(phrase)}"' for phrase in query.phrases]
    return (" OR " if any_word else " AND ").join(parts)


def scan(connection: sqlite3.Connection, query: Query, *, any_word: bool) -> Iterator[tuple[int, float]]:
    """Yield the documents that answer a question, and a plain relevance: the weights of where they do."""
    for number, text in connection.execute("SELECT id, fields FROM document"):
        fields = dict(zip(FIELDS, (field.split() for field in text.split("\n")), strict=True))
        found = [_best(fields, [word], beginning=True) for word in query.words]
        found += [_best(fields, phrase, beginning=False) for phrase in query.phrases]
        if any(found) if any_word else all(found):
            yield number, sum(found)


def correct(connection: sqlite3.Connection, query: Query) -> Query:
    """Return a question with words that begin no known word replaced by known ones that look alike."""
    change = {word: _guess(connection, word) or word for word in query.terms if not _known(connection, word)}
    return query.model_copy(
        update={
            "words": tuple(dict.fromkeys(change.get(word, word) for word in query.words)),
            "phrases": tuple(tuple(change.get(word, word) for word in phrase) for phrase in query.phrases),
        }
    )


def distance(left: str, right: str) -> int:
    """Count the letters to insert, delete, replace or swap with their neighbour to make one word of another.

    Examples
    --------
    >>> distance("custmoer", "customer"), distance("amout", "amount"), distance("day", "month")
    (1, 1, 5)
    """
    before, last = list[int](), list(range(len(right) + 1))
    for row, letter in enumerate(left, start=1):
        here = [row]
        for column, other in enumerate(right, start=1):
            cost = min(last[column] + 1, here[-1] + 1, last[column - 1] + (letter != other))
            swapped = row > 1 < column and letter == right[column - 2] and other == left[row - 2]
            here.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, here
    return last[-1]


def _word(word: str) -> str:
    """Return what finds a word, and those that it or its singular begins; the word itself counts twice."""
    beginnings = " OR ".join(f'"{form}"*' for form in forms(word))
    return f'("{word}" OR {beginnings})'


def _best(fields: dict[str, list[str]], sought: list[str] | tuple[str, ...], *, beginning: bool) -> float:
    """Return the highest weight of the fields that hold a word or phrase, 0 if none does."""
    return max(
        (WEIGHTS[name] for name, held in fields.items() if _holds(held, sought, beginning)), default=0.0
    )


def _holds(held: list[str], sought: list[str] | tuple[str, ...], beginning: bool) -> bool:
    if beginning:
        return any(word.startswith(forms(sought[0])) for word in held)
    width = len(sought)
    return any(held[place : place + width] == list(sought) for place in range(len(held) - width + 1))


def _known(connection: sqlite3.Connection, word: str) -> bool:
    """Say whether a word, or its singular, begins a word of the vocabulary."""
    sought = "SELECT 1 FROM word WHERE word >= ? AND word < ? LIMIT 1"
    return any(connection.execute(sought, (form, form + "\U0010ffff")).fetchone() for form in forms(word))


def _guess(connection: sqlite3.Connection, word: str) -> str | None:
    """Return the known word that looks most like another, or None when none does."""
    allowed = 0 if len(word) < 3 else 1 if len(word) <= _SHORT else 2  # noqa: PLR2004
    pieces = sorted(grams(word))
    marks = ", ".join("?" * len(pieces))
    like = connection.execute(
        f"SELECT w.word, w.documents FROM gram JOIN word w ON w.id = gram.word WHERE gram IN ({marks}) "  # noqa: S608
        f"GROUP BY w.id ORDER BY count(*) DESC, w.documents DESC, w.word LIMIT {_GUESSES}",
        pieces,
    )
    near = [(distance(word, other), -documents, other) for other, documents in like]
    best = min(near, default=None)
    return best[2] if best and best[0] <= allowed else None
