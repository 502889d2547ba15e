"""Which columns of a piece are looked at together, and what is found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from penstock.catalog.profiles.document import Association, Measure
from penstock.catalog.profiles.relations import MOST_CATEGORIES, Comoments, Crossed, Grouped
from penstock.catalog.profiles.vectors import Coded, Numbers, Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.catalog.profiles.subjects import Subject

_WORTH = 0.1
Pair = tuple[str, str]
Part = TypeVar("Part", Grouped, Crossed)


@dataclass(frozen=True)
class Relations:
    """What is known of pairs of columns; a pair's second name is the category's or the target's."""

    numbers: Comoments | None = None
    grouped: Mapping[Pair, Grouped] = field(default_factory=dict)
    crossed: Mapping[Pair, Crossed] = field(default_factory=dict)

    def merge(self, other: Relations) -> Relations:
        """Return what both sides know; pairs that one side does not know are dropped."""
        one, two = self.numbers, other.numbers
        numbers = one.merge(two) if one and two and one.names == two.names else None
        return Relations(numbers, _merged(self.grouped, other.grouped), _merged(self.crossed, other.crossed))

    def associations(self, target: str | None) -> Iterator[Association]:
        """Yield what goes together."""
        yield from self._correlated(target)
        for (number, category), grouped in self.grouped.items():
            pair = (number, category) if category == target else (category, number)
            yield from _association(pair, "correlation_ratio", grouped.correlation_ratio(), grouped.rows)
        for pair, crossed in self.crossed.items():
            yield from _association(pair, "cramers_v", crossed.cramers_v(), crossed.rows)

    def _correlated(self, target: str | None) -> Iterator[Association]:
        """Yield the correlations with the target, and the noticeable ones of other numbers."""
        if self.numbers is None:
            return
        names = self.numbers.names
        for one, name in enumerate(names):
            for other in range(one + 1, len(names)):
                value, rows = self.numbers.pearson(one, other), self.numbers.rows(one, other)
                if target in {name, names[other]}:
                    pair = (names[other], name) if name == target else (name, names[other])
                    yield from _association(pair, "pearson", value, rows)
                elif value is not None and abs(value) >= _WORTH:
                    yield from _association((name, names[other]), "pearson", value, rows)

    def document(self) -> dict[str, Any]:
        """Return the relations for JSON."""
        return {
            "numbers": self.numbers.document() if self.numbers else None,
            "grouped": [[*pair, part.document()] for pair, part in self.grouped.items()],
            "crossed": [[*pair, part.document()] for pair, part in self.crossed.items()],
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Relations:
        """Read what :meth:`document` wrote."""
        return cls(
            Comoments.read(document["numbers"]) if document["numbers"] else None,
            {(one, other): Grouped.read(part) for one, other, part in document["grouped"]},
            {(one, other): Crossed.read(part) for one, other, part in document["crossed"]},
        )


def relate(
    piece: Mapping[str, Numbers | Words], subjects: Sequence[Subject], target: Subject | None
) -> Relations:
    """Look at the columns of a piece together."""
    shown = {subject.name: piece[subject.name] for subject in subjects if subject.shown}
    numbers = {name: column.floats() for name, column in shown.items() if isinstance(column, Numbers)}
    both = Comoments.of(list(numbers), list(numbers.values())) if len(numbers) > 1 else None
    if target is None:
        return Relations(both)
    words = {name: column for name, column in shown.items() if isinstance(column, Words)}
    codes = {name: column.coded(MOST_CATEGORIES) for name, column in words.items()}
    if target.name in numbers:
        found = numbers[target.name]
        return Relations(both, {(target.name, name): _group(coded, found) for name, coded in codes.items()})
    coded = codes.pop(target.name)
    return Relations(
        both,
        {(name, target.name): _group(coded, values) for name, values in numbers.items()},
        {(name, target.name): _cross(other, coded) for name, other in codes.items()},
    )


def _group(coded: Coded | None, values: NDArray[np.float64]) -> Grouped:
    """Return the moments of numbers by category."""
    if coded is None:
        return Grouped(None)
    present = np.isfinite(values) & (coded.codes >= 0)
    return Grouped.of(coded.labels, coded.codes[present], values[present])


def _cross(one: Coded | None, other: Coded | None) -> Crossed:
    """Return the rows by two categories."""
    if one is None or other is None:
        return Crossed(None)
    present = (one.codes >= 0) & (other.codes >= 0)
    return Crossed.of(one.labels, other.labels, one.codes[present], other.codes[present])


def _merged(one: Mapping[Pair, Part], other: Mapping[Pair, Part]) -> dict[Pair, Part]:
    """Merge the pairs that both sides know."""
    return {pair: part.merge(other[pair]) for pair, part in one.items() if pair in other}


def _association(pair: Pair, measure: Measure, value: float | None, rows: int) -> Iterator[Association]:
    """Yield an association if there is one."""
    if value is not None and math.isfinite(value):
        yield Association(columns=pair, measure=measure, value=float(f"{value:.12g}"), rows=rows)
