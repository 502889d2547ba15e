"""What is looked up for a leaf: the effect of each column alone, or of each two together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from penstock.explainability.weights import contributions, every_case, every_contribution, interactions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Vector = NDArray[np.float64]

SKIPPED = -1


class Effects(Protocol):
    """Effects of encoded columns, added up to terms of original ones."""

    @property
    def terms(self) -> int:
        """How many terms there are."""

    def count(self, length: Ints) -> Ints:
        """Return how many effects paths of given lengths have."""

    def of(self, columns: Ints) -> Ints:
        """Return the term of each effect (leaves by effects) of leaves by columns; ``SKIPPED`` for none."""

    def every(self, share: Vector) -> Vector:
        """Return leaves by effects by cases: all cases of met and unmet conditions."""

    def given(self, on: NDArray[np.bool_], share: Vector) -> Vector:
        """Return leaves by effects by cases: the cases given."""


@dataclass(frozen=True, eq=False)
class Alone:
    """SHAP values: one term for each original column."""

    sources: Ints

    @property
    def terms(self) -> int:
        """Return how many terms there are."""
        return int(self.sources.max(initial=-1)) + 1

    def count(self, length: Ints) -> Ints:
        """Return how many effects paths of given lengths have: one a column."""
        return length

    def of(self, columns: Ints) -> Ints:
        """Return the term of each effect."""
        return np.asarray(self.sources[columns], dtype=np.int64)

    def every(self, share: Vector) -> Vector:
        """Return the effects in every case."""
        return every_contribution(share)

    def given(self, on: NDArray[np.bool_], share: Vector) -> Vector:
        """Return the effects in given cases."""
        return contributions(on, share)


@dataclass(frozen=True, eq=False)
class Together:
    """Interactions: one term for each two original columns, the first times their number plus the second."""

    sources: Ints

    @property
    def columns(self) -> int:
        """How many original columns there are."""
        return int(self.sources.max(initial=-1)) + 1

    @property
    def terms(self) -> int:
        """Return how many terms there are."""
        return self.columns**2

    def count(self, length: Ints) -> Ints:
        """Return how many effects paths of given lengths have: one for each two columns."""
        return length * (length - 1) // 2

    def of(self, columns: Ints) -> Ints:
        """Return the term of each effect."""
        first, second = np.triu_indices(columns.shape[1], 1)
        one, other = self.sources[columns[:, first]], self.sources[columns[:, second]]
        term = np.minimum(one, other) * self.columns + np.maximum(one, other)
        return np.where(one == other, SKIPPED, term)

    def every(self, share: Vector) -> Vector:
        """Return the effects in every case."""
        return interactions(every_case(*share.shape), share)

    def given(self, on: NDArray[np.bool_], share: Vector) -> Vector:
        """Return the effects in given cases."""
        return interactions(on, share)
