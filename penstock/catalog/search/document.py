"""What is searched: a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.catalog.words import name_words, words

KINDS = (
    "use_case", "dataset", "column", "feature_view", "feature", "on_demand_feature", "feature_service",
    "model", "term",
)  # fmt: skip
"""Kinds of documents; of two results alike, the earlier kind comes first."""

FIELDS = ("name", "place", "terms", "meaning", "people", "rest")
"""What of a document is searched, each with a weight of its own."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """Something that can be found.

    Attributes
    ----------
    node
        Its id: the kind, a colon and a path.
    place
        What it belongs to, in words.
    terms
        Tags, glossary terms and their synonyms.
    people
        Owners and stewards.
    rest
        Whatever else might be asked for: types, units, purposes.
    facets
        What it is filtered and counted by.
    updated_at
        When it last changed or got data; empty when that is not known.
    uses
        How many things use it.
    quality
        0 to 1, or None when that is not known.
    """

    node: str
    kind: str
    name: str
    place: str = ""
    meaning: str = ""
    terms: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    updated_at: str = ""
    uses: int = 0
    quality: float | None = None

    def fields(self) -> tuple[str, ...]:
        """Return the folded words of each of ``FIELDS``."""
        texts = (self.place, " . ".join(self.terms), self.meaning, " ".join(self.people), " ".join(self.rest))
        return (
            " ".join(name_words(self.name)),
            *(" ".join(one.folded for one in words(text)) for text in texts),
        )
