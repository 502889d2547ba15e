"""What somebody asks for: words, phrases and filters. Any text is a question; none is an error of syntax."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from penstock.catalog.words import fold, words
from penstock.errors import InvalidSpec

FILTERS = ("kind", "owner", "classification", "sensitivity", "use_case", "tag", "status")
"""What results can be filtered and counted by."""

_LONGEST, _MOST_WORDS = 1_000, 16
_ALIASES = {**{name: name for name in FILTERS}, "usecase": "use_case", "tags": "tag"}
_PIECE = re.compile(r'(?:(?P<key>[A-Za-z_]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))')


class Query(BaseModel):
    """A question, understood.

    Attributes
    ----------
    text
        As it was asked.
    words
        Folded words; each must begin a word of what is found.
    phrases
        Folded words that must stand beside each other.
    filters
        Folded values by what they filter; values of one kind are alternatives.
    """

    model_config = ConfigDict(frozen=True)

    text: str = ""
    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    filters: dict[str, tuple[str, ...]] = {}

    @property
    def terms(self) -> tuple[str, ...]:
        """All words, those of phrases included."""
        return (*self.words, *(word for phrase in self.phrases for word in phrase))


def parse_query(text: str, filters: Mapping[str, Iterable[str]] | None = None) -> Query:
    """Read a question such as ``customer email kind:column owner:"finance data"``.

    Parameters
    ----------
    text
        Words, ``"phrases"`` and ``key:value`` filters in any order. What is none of a known filter is
        searched as words.
    filters
        More filters, by name.

    Raises
    ------
    InvalidSpec
        The text is longer than 1,000 characters, or a given filter is not known.

    Examples
    --------
    >>> query = parse_query('customerEmail "paid late" kind:column')
    >>> query.words, query.phrases, query.filters
    (('customer', 'email'), (('paid', 'late'),), {'kind': ('column',)})
    """
    if len(text) > _LONGEST:
        raise InvalidSpec(
            "The question is too long.",
            found=f"{len(text):,} characters",
            expected=f"at most {_LONGEST:,}",
            action="Ask with fewer words.",
        )
    # Half a surrogate pair is no character, and cannot be stored or sent.
    text, said = text.encode(errors="replace").decode(), dict[str, list[str]]()
    plain, phrases = list[str](), list[tuple[str, ...]]()
    for piece in _PIECE.finditer(text):
        key, quoted, bare = piece["key"], piece["quoted"], piece["bare"]
        if name := _ALIASES.get((key or "").lower()):
            said.setdefault(name, []).append(quoted if quoted is not None else bare)
            continue
        plain += [word.folded for word in words(f"{key or ''} {bare or ''}")]
        phrases += [tuple(word.folded for word in words(quoted or ""))]
    for name, values in (filters or {}).items():
        said.setdefault(_known(name), []).extend(values)
    return Query(
        text=text,
        words=tuple(dict.fromkeys(plain))[:_MOST_WORDS],
        phrases=tuple(dict.fromkeys(phrase[:_MOST_WORDS] for phrase in phrases if phrase))[:_MOST_WORDS],
        filters={name: folded for name, values in said.items() if (folded := _folded(values))},
    )


def _folded(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded for value in values if (folded := fold(value))))


def _known(name: str) -> str:
    """Return a filter by its name."""
    if name not in FILTERS:
        raise InvalidSpec("There is no such filter.", found=name, expected=", ".join(FILTERS))
    return name
