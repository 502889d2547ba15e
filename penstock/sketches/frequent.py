"""The most frequent values, with a bound of the error (Misra and Gries 1982; merge: Agarwal et al. 2012)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | int | float


@dataclass(frozen=True)
class Frequent:
    """At most ``size`` values with counts that are at most ``error`` too low.

    Every value that stands more often than ``error`` is among them; ``error`` is at most n / (size + 1) for n
    counted values, and 0 as long as there were no more than ``size`` different ones.

    Examples
    --------
    >>> one = Frequent.of({"a": 50, "b": 30, "c": 1}, size=2)
    >>> one.counts, one.error
    ({'a': 49, 'b': 29}, 1)
    >>> one.merge(Frequent.of({"a": 5, "c": 2}, size=2)).counts
    {'a': 52, 'b': 27}
    """

    counts: Mapping[Value, int] = field(default_factory=dict)
    error: int = 0
    size: int = 256

    @classmethod
    def of(cls, counts: Mapping[Value, int], *, error: int = 0, size: int = 256) -> Frequent:
        """Keep the largest counts, lowered by the largest that is left out."""
        if len(counts) <= size:
            return cls(dict(counts), error, size)
        cut = sorted(counts.values(), reverse=True)[size]
        return cls({value: n - cut for value, n in counts.items() if n > cut}, error + cut, size)

    @property
    def is_complete(self) -> bool:
        """Whether all values are there, with their exact counts."""
        return not self.error

    def merge(self, other: Frequent) -> Frequent:
        """Return the most frequent values of both sides."""
        both = Counter[Value](self.counts)
        both.update(other.counts)
        return Frequent.of(both, error=self.error + other.error, size=min(self.size, other.size))

    def ranked(self) -> Iterator[tuple[Value, int]]:
        """Yield values by falling count, ties in the order of their text."""
        yield from sorted(self.counts.items(), key=lambda entry: (-entry[1], str(entry[0])))

    def document(self) -> dict[str, Any]:
        """Return the counts for JSON."""
        entries = [[value, count] for value, count in self.ranked()]
        return {"counts": entries, "error": self.error, "size": self.size}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Frequent:
        """Read what :meth:`document` wrote."""
        return cls(dict(document["counts"]), document["error"], document["size"])
