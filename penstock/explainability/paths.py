"""The paths of an ensemble: what each leaf asks of each column, and which leaves are looked up together.

Leaves under one node share the path to it. A *group* is a subtree with a table of all patterns: one bit for
each column asked on the way to it, one for each comparison in it. Large groups mean fewer look-ups a row, but
longer tables; the cheapest cut of each tree into groups follows from the number of rows, from the leaves up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.explainability.trees import LEAF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from penstock.explainability.effects import Effects
    from penstock.explainability.trees import Ensemble

    Ints = NDArray[np.int64]

UNUSED = -1
_LOOK_UP = 1.2
"""Nanoseconds that a row takes for a bit and a column."""
_CELL = 10.0
"""Nanoseconds that a pattern takes for a leaf's column."""


@dataclass(frozen=True, eq=False)
class Leaves:
    """What leads to each leaf: leaves by slots, one slot for each different column on the path.

    ``column`` is ``UNUSED`` beyond the path's last; ``share`` is 1 there. ``mask`` are the bits of the
    group's pattern that say whether the slot's conditions are met, ``want`` what they must be.
    """

    node: Ints
    group: Ints
    column: Ints
    share: NDArray[np.float64]
    mask: Ints
    want: Ints

    @property
    def length(self) -> Ints:
        """The number of different columns on each path."""
        return np.asarray((self.column != UNUSED).sum(axis=1), dtype=np.int64)

    def take(self, chosen: Ints | NDArray[np.bool_]) -> Leaves:
        """Return some of the leaves."""
        return Leaves(**{name: value[chosen] for name, value in vars(self).items()})


@dataclass(frozen=True, eq=False)
class Paths:
    """The groups of all trees.

    ``root`` is the node that a group consists of with all below, ``tree`` its tree, ``bits`` the length of
    its pattern: first a bit for each different column that is asked above the root, in order from the top
    (met or not), then one for each of the ``inner`` nodes, sorted by group and bit (left or not). ``parent``
    is the node above each node.
    """

    leaves: Leaves
    root: Ints
    tree: Ints
    bits: Ints
    inner: Ints
    inner_group: Ints
    parent: Ints

    def cells(self, effects: Effects) -> Ints:
        """Return how many numbers the effects of each group's leaves are over all patterns."""
        size = np.zeros(len(self.root), np.int64)
        np.add.at(size, self.leaves.group, effects.count(self.leaves.length))
        return size << np.minimum(self.bits, 40)

    def above(
        self, group: int, left: NDArray[np.int32], feature: NDArray[np.int32]
    ) -> list[list[tuple[int, bool]]]:
        """Return, for each column asked above a group, the nodes that ask and whether left is wanted."""
        node, asked = int(self.root[group]), []
        while (parent := int(self.parent[node])) != UNUSED:
            asked.append((parent, bool(left[parent] == node)))
            node = parent
        columns: dict[int, list[tuple[int, bool]]] = {}
        for parent, goes_left in reversed(asked):
            columns.setdefault(int(feature[parent]), []).append((parent, goes_left))
        return list(columns.values())


def paths(ensemble: Ensemble, *, rows: int, longest: int) -> Paths:
    """Follow all branches of all trees.

    Parameters
    ----------
    ensemble
        The trees.
    rows
        How many rows will be looked up.
    longest
        The longest pattern of a group, in bits; a leaf with a longer path is a group of its own.
    """
    walk = _Walk(ensemble, _beginnings(ensemble, rows=rows, longest=longest))
    front = _Front.at(ensemble.roots.astype(np.int64))
    while len(front.node):
        front = walk.step(front)
    return walk.finished()


@dataclass(eq=False)
class _Front:
    """The nodes of one level, and what led to each."""

    node: Ints
    tree: Ints
    group: Ints
    column: Ints
    share: NDArray[np.float64]
    mask: Ints
    want: Ints

    @classmethod
    def at(cls, roots: Ints) -> _Front:
        """Return the level of the roots."""
        none = np.zeros((len(roots), 0), np.int64)
        return cls(
            roots,
            np.arange(len(roots)),
            np.full(len(roots), UNUSED),
            none,
            none.astype(np.float64),
            none,
            none,
        )

    def take(self, chosen: NDArray[Any]) -> _Front:
        """Return some of the nodes, or nodes several times."""
        return _Front(**{name: value[chosen] for name, value in vars(self).items()})

    def widen(self) -> None:
        """Make room for one more column."""

        def wider(array: NDArray[Any], filler: float) -> NDArray[Any]:
            return np.concatenate([array, np.full((len(array), 1), filler, array.dtype)], axis=1)

        self.column, self.share = wider(self.column, UNUSED), wider(self.share, 1.0)
        self.mask, self.want = wider(self.mask, 0), wider(self.want, 0)


@dataclass(eq=False)
class _Walk:
    """A walk down all trees at once, level by level."""

    ensemble: Ensemble
    begins: NDArray[np.bool_]
    bit: Ints = field(init=False)
    owner: Ints = field(init=False)
    parent: Ints = field(init=False)
    ends: list[_Front] = field(default_factory=list)
    root: list[Ints] = field(default_factory=list)
    tree: list[Ints] = field(default_factory=list)
    used: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Bits that each group's pattern has so far."""

    def __post_init__(self) -> None:
        """Note nothing about any node yet."""
        self.bit = np.full(len(self.begins), UNUSED)
        self.owner = self.bit.copy()
        self.parent = self.bit.copy()

    def step(self, front: _Front) -> _Front:
        """Start groups where they fit, set leaves aside, and go one level down."""
        self._start(front)
        leaf = self.ensemble.left[front.node] == LEAF
        self.ends.append(front.take(leaf))
        front = front.take(~leaf)
        self._number(front)
        return self._down(front)

    def finished(self) -> Paths:
        """Return what was found, groups in order of their trees."""
        order = np.argsort(np.concatenate(self.tree), kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        width = max(end.column.shape[1] for end in self.ends)
        for end in self.ends:
            while end.column.shape[1] < width:
                end.widen()
        names = ("node", "group", "column", "share", "mask", "want")
        found = {name: np.concatenate([getattr(end, name) for end in self.ends]) for name in names}
        found["group"] = rank[found["group"]]
        leaves = Leaves(**found).take(np.argsort(found["group"], kind="stable"))
        root, tree = np.concatenate(self.root)[order], np.concatenate(self.tree)[order]
        inner = np.flatnonzero(self.owner != UNUSED)
        inner = inner[np.lexsort((self.bit[inner], rank[self.owner[inner]]))]
        return Paths(leaves, root, tree, self.used[order], inner, rank[self.owner[inner]], self.parent)

    def _start(self, front: _Front) -> None:
        """Let a group begin at each node that is in none and where it pays."""
        asked = (front.column != UNUSED).sum(axis=1)
        new = np.flatnonzero((front.group == UNUSED) & self.begins[front.node])
        front.group[new] = len(self.used) + np.arange(len(new))
        place = np.arange(front.column.shape[1])
        own = np.where(place < asked[new, None], np.left_shift(1, np.minimum(place, 62)), 0)
        front.mask[new], front.want[new] = own, own
        self.root.append(front.node[new])
        self.tree.append(front.tree[new])
        self.used = np.concatenate([self.used, asked[new]])

    def _number(self, front: _Front) -> None:
        """Give each comparison inside a group the next bit of its pattern."""
        within = np.flatnonzero(front.group != UNUSED)
        group = front.group[within]
        first = np.concatenate([[True], group[1:] != group[:-1]]) if len(group) else np.zeros(0, bool)
        start = np.maximum.accumulate(np.where(first, np.arange(len(group)), 0))
        self.bit[front.node[within]] = self.used[group] + np.arange(len(group)) - start
        self.owner[front.node[within]] = group
        self.used += np.bincount(group, minlength=len(self.used))

    def _down(self, front: _Front) -> _Front:
        """Replace each node by its two children, the conditions of their paths added."""
        node, trees = front.node, self.ensemble
        children = np.stack([trees.left[node], trees.right[node]], axis=1).astype(np.int64)
        self.parent[children] = node[:, None]
        same = front.column == trees.feature[node][:, None]
        front.widen()
        slot = np.where(same.any(axis=1), same.argmax(axis=1) if same.shape[1] else 0,
                        (front.column != UNUSED).sum(axis=1))  # fmt: skip
        below = front.take(np.repeat(np.arange(len(node)), 2))
        line, slot, above = np.arange(len(below.node)), np.repeat(slot, 2), below.node
        below.node = children.ravel()
        below.column[line, slot] = trees.feature[above]
        below.share[line, slot] *= trees.cover[below.node] / trees.cover[above]
        bit = np.where(below.group != UNUSED, np.left_shift(1, np.maximum(self.bit[above], 0)), 0)
        below.mask[line, slot] |= bit
        below.want[line, slot] |= np.where(line % 2 == 0, bit, 0)
        used = (below.column != UNUSED).any(axis=0)
        for name in ("column", "share", "mask", "want"):
            setattr(below, name, getattr(below, name)[:, used])
        return below


def levels(ensemble: Ensemble) -> list[Ints]:
    """Return the nodes that compare, level by level from the roots."""
    found, front = [], ensemble.roots.astype(np.int64)
    while len(front):
        front = front[ensemble.left[front] != LEAF]
        found.append(front)
        front = np.stack([ensemble.left[front], ensemble.right[front]], axis=1).ravel().astype(np.int64)
    return found


def base_values(ensemble: Ensemble) -> NDArray[np.float64]:
    """Return each output's mean: at every node the children's means, weighed by their training rows."""
    mean, base = ensemble.value.copy(), ensemble.base.copy()
    for level in reversed(levels(ensemble)):
        left, right = ensemble.left[level], ensemble.right[level]
        total = mean[left] * ensemble.cover[left] + mean[right] * ensemble.cover[right]
        mean[level] = total / ensemble.cover[level]
    np.add.at(base, ensemble.output, mean[ensemble.roots])
    return base


def _beginnings(ensemble: Ensemble, *, rows: int, longest: int) -> NDArray[np.bool_]:
    """Return at which nodes one group for the whole subtree is cheaper than groups further down."""
    down = levels(ensemble)
    asked = _asked(ensemble, down)
    inner, slots = np.zeros(len(asked), np.int64), asked.copy()
    best, begins = _cost(asked, slots, rows), ensemble.left == LEAF
    for level in reversed(down):
        left, right = ensemble.left[level], ensemble.right[level]
        inner[level] = 1 + inner[left] + inner[right]
        slots[level] = slots[left] + slots[right]
        bits, apart = asked[level] + inner[level], best[left] + best[right]
        together = np.where(bits <= longest, _cost(bits, slots[level], rows), np.inf)
        begins[level] = together <= apart
        best[level] = np.minimum(together, apart)
    return np.asarray(begins, dtype=np.bool_)


def _cost(bits: Ints, slots: Ints, rows: int) -> NDArray[np.float64]:
    """Return about how many nanoseconds a group takes: finding patterns and columns, making the table."""
    return rows * _LOOK_UP * bits + slots * _CELL * np.exp2(np.minimum(bits, 60))


def _asked(ensemble: Ensemble, down: Sequence[Ints]) -> Ints:
    """Return how many different columns are asked above each node."""
    asked = np.zeros(len(ensemble.left), np.int64)
    column = np.full((len(ensemble.roots), 0), UNUSED)
    front = ensemble.roots.astype(np.int64)
    for level in down:
        column = column[ensemble.left[front] != LEAF]
        own = ensemble.feature[level][:, None]
        below = asked[level] + ~(column == own).any(axis=1)
        front = np.stack([ensemble.left[level], ensemble.right[level]], axis=1).ravel().astype(np.int64)
        asked[front] = np.repeat(below, 2)
        column = np.repeat(np.concatenate([column, own], axis=1), 2, axis=0)
    return asked
