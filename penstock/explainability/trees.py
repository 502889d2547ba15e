"""Tree ensembles as plain arrays, whatever library grew them: the form that SHAP values are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from penstock.errors import PenstockError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LEAF = -1
"""What a leaf has for children."""

MISSING, AS_ZERO, LIKE_ZERO = 0, 1, 2
"""NaN takes the default branch; NaN counts as zero; zero and NaN take the default branch."""

ZERO = float(np.float32(1e-35))
"""LightGBM's zero: anything no further from zero than this."""

Form = Literal["below", "at_most"]


class UnreadableTrees(PenstockError):
    """A model's trees are of a kind that the fast explanation does not know."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """All trees' nodes, end to end. Children are positions in these arrays.

    Attributes
    ----------
    left, right
        The children of each node, ``LEAF`` for a leaf. The left one is taken when the comparison holds.
    feature, threshold
        Which column a node compares, and with what.
    default_left, missing
        Where a missing value goes, and what counts as missing: ``MISSING``, ``AS_ZERO`` or ``LIKE_ZERO``.
    value
        What a leaf adds to its output.
    cover
        Training weight of each node: what a path without a known value is divided by.
    roots, output
        The first node of each tree, and the output (class) that the tree adds to.
    base
        What each output starts with.
    features
        Number of columns of the matrix.
    form
        ``below`` is ``x < threshold``, ``at_most`` is ``x <= threshold``.
    single
        Whether the library compares in single precision.
    categories
        For a node that compares with a set: the codes that go left, sorted.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    default_left: NDArray[np.bool_]
    missing: NDArray[np.uint8]
    value: NDArray[np.float64]
    cover: NDArray[np.float64]
    roots: NDArray[np.int32]
    output: NDArray[np.int32]
    base: NDArray[np.float64]
    features: int
    form: Form
    single: bool
    categories: Mapping[int, NDArray[np.int64]]

    def __post_init__(self) -> None:
        """Refuse weights from which no share can be computed."""
        inner = self.left != LEAF
        if not (np.isfinite(self.cover).all() and (self.cover[inner] > 0).all()):
            raise UnreadableTrees(
                "A node of the trees has no training weight, so that its branches cannot be weighed.",
                found="a cover of zero",
                expected="positive covers",
            )

    def cut(self, first: int, last: int) -> Ensemble:
        """Return the trees from ``first`` up to ``last``, without the base."""
        ends = np.append(self.roots, len(self.left))
        start, stop = int(ends[first]), int(ends[min(last, len(self.roots))])
        nodes = ("feature", "threshold", "default_left", "missing", "value", "cover")
        return Ensemble(
            **{name: getattr(self, name)[start:stop] for name in nodes},
            left=_moved(self.left[start:stop], -start),
            right=_moved(self.right[start:stop], -start),
            roots=self.roots[first:last] - np.int32(start),
            output=self.output[first:last],
            base=np.zeros(len(self.base)),
            features=self.features,
            form=self.form,
            single=self.single,
            categories={n - start: codes for n, codes in self.categories.items() if start <= n < stop},
        )


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree, its children counted from its own first node, which is its root."""

    left: NDArray[Any]
    right: NDArray[Any]
    feature: NDArray[Any]
    threshold: NDArray[Any]
    default_left: NDArray[Any]
    value: NDArray[Any]
    cover: NDArray[Any]
    output: int = 0
    missing: NDArray[Any] | None = None
    categories: Mapping[int, NDArray[np.int64]] | None = None


def joined(
    trees: Sequence[Tree], *, base: NDArray[np.float64], features: int, form: Form, single: bool
) -> Ensemble:
    """Put trees end to end.

    Examples
    --------
    >>> stump = Tree(
    ...     left=np.array([1, -1, -1]), right=np.array([2, -1, -1]), feature=np.array([0, 0, 0]),
    ...     threshold=np.array([0.5, 0, 0]), default_left=np.zeros(3), value=np.array([0, -1.0, 1.0]),
    ...     cover=np.array([10, 5, 5]),
    ... )
    >>> joined([stump, stump], base=np.zeros(1), features=1, form="below", single=True).left.tolist()
    [1, -1, -1, 4, -1, -1]
    """
    sizes = np.array([len(tree.left) for tree in trees], dtype=np.int64)
    roots = np.cumsum(sizes) - sizes
    offsets = np.repeat(roots, sizes)

    def end_to_end(parts: list[NDArray[Any]], kind: Any) -> NDArray[Any]:
        return np.concatenate(parts).astype(kind) if parts else np.zeros(0, kind)

    none = [np.zeros(size, np.uint8) for size in sizes]
    return Ensemble(
        left=_moved(end_to_end([tree.left for tree in trees], np.int32), offsets),
        right=_moved(end_to_end([tree.right for tree in trees], np.int32), offsets),
        feature=end_to_end([tree.feature for tree in trees], np.int32),
        threshold=end_to_end([tree.threshold for tree in trees], np.float64),
        default_left=end_to_end([tree.default_left for tree in trees], np.bool_),
        missing=end_to_end(
            [
                zeros if tree.missing is None else tree.missing
                for tree, zeros in zip(trees, none, strict=True)
            ],
            np.uint8,
        ),
        value=end_to_end([tree.value for tree in trees], np.float64),
        cover=end_to_end([tree.cover for tree in trees], np.float64),
        roots=roots.astype(np.int32),
        output=np.array([tree.output for tree in trees], dtype=np.int32),
        base=base,
        features=features,
        form=form,
        single=single,
        categories={
            int(start) + node: codes
            for start, tree in zip(roots, trees, strict=True)
            for node, codes in (tree.categories or {}).items()
        },
    )


def _moved(children: NDArray[np.int32], offset: int | NDArray[np.int64]) -> NDArray[np.int32]:
    """Count children from another node; leaves stay leaves."""
    return np.where(children < 0, LEAF, children + offset).astype(np.int32)
