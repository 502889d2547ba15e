"""Building the index: one SQLite file with the documents, their words, facets and a vocabulary."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from functools import cache
from pathlib import Path

from penstock.catalog.search.document import FIELDS, KINDS, Document
from penstock.catalog.search.query import FILTERS
from penstock.catalog.words import fold

FORMAT = 1
"""Of the file; another one is built anew."""

_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE document (
    id INTEGER PRIMARY KEY, node TEXT UNIQUE, kind TEXT, rank INTEGER, name TEXT, exact TEXT, body TEXT,
    fields TEXT, updated TEXT, uses INTEGER, quality REAL);
CREATE TABLE facet (
    key TEXT, folded TEXT, document INTEGER, value TEXT, PRIMARY KEY (key, folded, document)) WITHOUT ROWID;
CREATE INDEX facet_of ON facet (document, key, folded);
CREATE TABLE word (id INTEGER PRIMARY KEY, word TEXT UNIQUE, documents INTEGER);
CREATE TABLE gram (gram TEXT, word INTEGER, PRIMARY KEY (gram, word)) WITHOUT ROWID;
"""
_TEXT = (
    f"CREATE VIRTUAL TABLE text USING fts5({', '.join(FIELDS)}, content='', tokenize='ascii', prefix='2 3')"
)


def build(documents: Iterable[Document], path: Path, *, at: str, full_text: bool | None = None) -> int:
    """Write an index file and return how many documents it has.

    Words are folded before they are indexed and the tokenizer takes them as they are, so that index and
    question agree on what a word is, whatever Unicode version SQLite was made with.

    Parameters
    ----------
    documents
        One a node.
    path
        Of a file that is not there yet.
    at
        When the documents were read.
    full_text
        Whether the file has an FTS5 table; by default if this SQLite can make one. Without it
        every question scans all documents, with the same results in a simpler order.

    Examples
    --------
    >>> import tempfile
    >>> from penstock.catalog.search import find, parse_query
    >>> file = Path(tempfile.mkdtemp()) / "index.sqlite"
    >>> email = Document(node="column:shop/orders/customer_email", kind="column", name="customer_email")
    >>> build([email], file, at="2026-01-01T00:00:00.000Z")
    1
    >>> find(file, parse_query("customer email"), now="2026-01-02T00:00:00.000Z").hits[0].node
    'column:shop/orders/customer_email'
    """
    found = sorted(documents, key=lambda document: document.node)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES)
        text = has_full_text() if full_text is None else full_text
        if text:
            connection.execute(_TEXT)
        with connection:
            _fill(connection, found, text=text)
            facts = {"format": FORMAT, "at": at, "full_text": int(text), "digest": digest(found)}
            connection.executemany("INSERT INTO about VALUES (?, ?)", facts.items())
    return len(found)


def digest(documents: Iterable[Document]) -> str:
    """Return a hash of what an index of these documents says, in whatever order they come.

    Examples
    --------
    >>> digest([])[:8]
    '491b3497'
    """
    sha = hashlib.sha256()
    for document in sorted(documents, key=lambda one: one.node):
        sha.update(json.dumps(asdict(document), sort_keys=True, default=list).encode() + b"\n")
    return hashlib.sha256(f"{FORMAT} {sha.hexdigest()}".encode()).hexdigest()


@cache
def has_full_text() -> bool:
    """Say whether Python's SQLite was compiled with FTS5."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(word)")
        except sqlite3.OperationalError:
            return False
        return True


def grams(word: str) -> set[str]:
    """Return the pieces of three letters by which words that look alike are found.

    Examples
    --------
    >>> sorted(grams("dog"))
    ['^do', 'dog', 'og$']
    """
    framed = f"^{word}$"
    return {framed[place : place + 3] for place in range(len(framed) - 2)} or {framed}


def _fill(connection: sqlite3.Connection, documents: list[Document], *, text: bool) -> None:
    """Write all rows."""
    vocabulary = Counter[str]()
    for number, document in enumerate(documents, start=1):
        fields = document.fields()
        vocabulary.update({word for field in fields for word in field.split()})
        scanned = "" if text else "\n".join(fields)
        connection.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row(number, document, scanned)
        )
        if text:
            marks = ", ".join("?" * (len(FIELDS) + 1))
            insert = f"INSERT INTO text (rowid, {', '.join(FIELDS)}) VALUES ({marks})"  # noqa: S608
            connection.execute(insert, (number, *fields))
        facets = {"kind": (document.kind,), **document.facets}
        connection.executemany(
            "INSERT OR IGNORE INTO facet VALUES (?, ?, ?, ?)",
            [(key, fold(value), number, value) for key in FILTERS for value in facets.get(key, ())],
        )
    for number, (word, count) in enumerate(sorted(vocabulary.items()), start=1):
        connection.execute("INSERT INTO word VALUES (?, ?, ?)", (number, word, count))
        connection.executemany(
            "INSERT INTO gram VALUES (?, ?)", [(gram, number) for gram in sorted(grams(word))]
        )


def _row(number: int, document: Document, scanned: str) -> tuple[object, ...]:
    body = {
        "place": document.place,
        "meaning": document.meaning,
        "terms": list(document.terms),
        "people": list(document.people),
        "facets": {key: list(values) for key, values in document.facets.items() if values},
    }
    return (
        number,
        document.node,
        document.kind,
        KINDS.index(document.kind),
        document.name,
        fold(document.name),
        json.dumps(body, ensure_ascii=False),
        scanned,
        document.updated_at or None,
        document.uses,
        document.quality,
    )
