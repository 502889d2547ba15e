"""What people add to what is registered, and what the platform observes about it.

A registered contract is the source of truth about a dataset. Tags and glossary terms stand beside it, with
a history of their own, so that a steward curates without registering anew; operational facts are the last
word of the workflows about how fresh and how good the data is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from penstock.catalog.words import fold
from penstock.errors import Conflict, InvalidSpec, NotFound
from penstock.stores import Item, ItemStore

_TAG = re.compile(r"[a-z0-9][a-z0-9_.:/-]{0,63}")
_MOST_TAGS, _MOST_LINKS, _LONGEST_NAME, _LONGEST_TEXT = 50, 200, 80, 4_000
_ATTEMPTS = 10
_CURATED, _TERMS, _OBSERVED = "curated", "glossary", "operations"


class _Record(BaseModel):
    """A frozen record that says who wrote it, and when."""

    model_config = ConfigDict(frozen=True)

    by: str = ""
    at: str = ""


class Curated(_Record):
    """What people say about a dataset or a column, beside its contract."""

    node: str
    tags: tuple[str, ...] = ()


class Term(_Record):
    """A word of the business: what it means, how else it is called, and what it is about.

    Attributes
    ----------
    nodes
        Datasets and columns that the term explains, such as ``column:late_invoices/invoices/days_late``.
    """

    name: str
    definition: str
    synonyms: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()


class Operations(BaseModel):
    """What was last observed about a dataset."""

    model_config = ConfigDict(frozen=True)

    node: str
    at: str
    sequence: int
    """Of the snapshot; a later one is never overwritten by an earlier one."""
    facts: dict[str, Any] = {}

    @property
    def quality(self) -> float | None:
        """Share of the last arrival's rows that are curated, 0 to 1; None when it had none."""
        rows = self.facts.get("rows_in")
        return float(self.facts.get("rows_curated", 0)) / rows if rows else None


R = TypeVar("R", Curated, Term)
S = TypeVar("S", bound=BaseModel)


class Metadata:
    """Curated and operational metadata, in the catalogue's table.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> metadata, at = Metadata(MemoryItems()), "2026-01-01T00:00:00.000Z"
    >>> metadata.tag("dataset:demo/sales", add=["Gold", "gdpr"], by="stewart", at=at).tags
    ('gdpr', 'gold')
    >>> term = Term(name="Late payment", definition="Paid after the due day.", by="stewart", at=at)
    >>> metadata.define(term).name, [one.name for one in metadata.terms()]
    ('Late payment', ['Late payment'])
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def tag(
        self, node: str, *, add: Iterable[str] = (), remove: Iterable[str] = (), by: str, at: str
    ) -> Curated:
        """Add and remove tags; what is so already changes nothing.

        Raises
        ------
        InvalidSpec
            A tag has other characters than letters, digits and ``_ . : / -``, or they are too many.
        """
        added, removed = {check_tag(tag) for tag in add}, {tag.casefold() for tag in remove}

        def change(current: Curated | None) -> Curated:
            tags = tuple(sorted(({*current.tags} if current else set()) - removed | added))
            if len(tags) > _MOST_TAGS:
                raise InvalidSpec(
                    "There are too many tags.", found=f"{len(tags)}", expected=f"at most {_MOST_TAGS}"
                )
            return Curated(node=node, tags=tags, by=by, at=at)

        return self._change(Curated, _CURATED, node, change)

    def curated(self) -> dict[str, Curated]:
        """Return what people have said, by node."""
        found = (_read(Curated, item) for item in self._items.query(_CURATED))
        return {one.node: one for one in found}

    def define(self, term: Term) -> Term:
        """Add a term to the glossary, or give it another meaning; earlier ones stay in its history.

        Raises
        ------
        InvalidSpec
            Name or definition are empty or too long.
        """
        _check_term(term)
        return self._change(Term, _TERMS, fold(term.name), lambda _: term)

    def term(self, name: str) -> Term:
        """Return a term by its name, however it is written; :class:`~penstock.errors.NotFound` if none is."""
        found = self._items.get(_TERMS, fold(name))
        if found is None:
            raise NotFound("There is no such term.", found=name, action="List them: penstock glossary list.")
        return _read(Term, found)

    def terms(self) -> list[Term]:
        """Return the whole glossary in the order of the alphabet."""
        return [_read(Term, item) for item in self._items.query(_TERMS)]

    def term_history(self, name: str) -> list[Term]:
        """Return what a term has meant, the oldest first."""
        return [_read(Term, item) for item in self._items.query(f"{_TERMS}#{fold(name)}")]

    def tag_history(self, node: str) -> list[Curated]:
        """Return which tags a dataset or column has had, the oldest first."""
        return [_read(Curated, item) for item in self._items.query(f"{_CURATED}#{node}")]

    def observe(self, observed: Operations) -> None:
        """Record the newest facts about a dataset; those of an earlier snapshot change nothing."""
        for _ in range(_ATTEMPTS):
            item = self._items.get(_OBSERVED, observed.node)
            if item is not None and item["sequence"] >= observed.sequence:
                return
            wanted = {"pk": _OBSERVED, "sk": observed.node, **observed.model_dump(mode="json")}
            try:
                self._items.put(wanted, expect=item["revision"] if item else 0)
            except Conflict:
                continue
            return
        raise _contested(observed.node)

    def operations(self) -> dict[str, Operations]:
        """Return the newest facts, by node."""
        found = (_read(Operations, item) for item in self._items.query(_OBSERVED))
        return {one.node: one for one in found}

    def _change(self, kind: type[R], partition: str, key: str, change: Callable[[R | None], R]) -> R:
        """Append a version to a record's history, then make it the current one.

        Whoever writes a version first has its place; the next writer finishes what a crash left undone.
        """
        for _ in range(_ATTEMPTS):
            item = self._items.get(partition, key)
            current = _read(kind, item) if item else None
            wanted, revision = change(current), item["revision"] if item else 0
            if current is not None and _said(current) == _said(wanted):
                return current
            place, written = f"{revision + 1:08d}", True
            version = {"pk": f"{partition}#{key}", "sk": place, **wanted.model_dump(mode="json")}
            try:
                self._items.put(version, expect=0)
            except Conflict:
                version, written = self._items.get(version["pk"], place) or version, False
            with suppress(Conflict):
                self._items.put({**version, "pk": partition, "sk": key}, expect=revision)
            if written:
                return wanted
        raise _contested(key)


def check_tag(tag: str) -> str:
    """Return a tag in lower case.

    Raises
    ------
    InvalidSpec
        It is empty, too long, or has other characters than letters, digits and ``_ . : / -``.

    Examples
    --------
    >>> check_tag("GDPR")
    'gdpr'
    """
    folded = tag.casefold()
    if not _TAG.fullmatch(folded):
        raise InvalidSpec(
            "This is no tag.",
            found=repr(tag[:80]),
            expected="1 to 64 letters, digits and _ . : / -",
            action="Such as gold, gdpr or domain:finance.",
        )
    return folded


def _check_term(term: Term) -> None:
    """Refuse a term that says nothing, or too much."""
    named = all(fold(name) and len(name) <= _LONGEST_NAME for name in (term.name, *term.synonyms))
    said = term.definition.strip() and len(term.definition) <= _LONGEST_TEXT
    if not named or not said or max(len(term.synonyms), len(term.nodes)) > _MOST_LINKS:
        raise InvalidSpec(
            "This term cannot be kept.",
            found=repr(term.name[:100]),
            expected=f"names of 1 to {_LONGEST_NAME} characters with a letter or digit, a definition of 1 to "
            f"{_LONGEST_TEXT:,}, at most {_MOST_LINKS} synonyms and links",
        )


def _said(record: Curated | Term) -> dict[str, Any]:
    """Return what a record says, whoever said it."""
    return record.model_dump(exclude={"by", "at"})


def _read(kind: type[S], item: Item) -> S:
    return kind.model_validate({key: item[key] for key in kind.model_fields if key in item})


def _contested(where: str) -> Conflict:
    return Conflict("Others kept changing the record first.", where=where, action="Retry.")
