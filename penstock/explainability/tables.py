"""Tables of what a group of leaves contributes to each column, for every pattern of met conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penstock.explainability.effects import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from penstock.explainability.effects import Effects
    from penstock.explainability.paths import Ints, Leaves, Paths

    Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """What the leaves of one group contribute: a row for each term, a place in it for each pattern."""

    group: int
    terms: tuple[int, ...]
    values: Vector


def tables(paths: Paths, groups: range, *, value: Vector, effects: Effects, longest: int) -> Iterator[Table]:
    """Return the tables of some groups.

    Parameters
    ----------
    paths
        Where the groups are.
    groups
        Which of them.
    value
        The value of each node.
    effects
        What is looked up.
    longest
        Groups with a longer pattern, in bits, get no table.
    """
    first, last = np.searchsorted(paths.leaves.group, [groups.start, groups.stop])
    leaves = paths.leaves.take(np.arange(first, last))
    bits = paths.bits[leaves.group]
    for length in np.unique(bits[bits <= longest]):
        yield from _of_one_size(leaves.take(bits == length), int(length), value=value, effects=effects)


def _of_one_size(leaves: Leaves, bits: int, *, value: Vector, effects: Effects) -> Iterator[Table]:
    """Return the tables of groups whose patterns have the same number of bits."""
    keys, parts = [], []
    lengths = leaves.length
    for length in np.unique(lengths[lengths > 0]):
        some = leaves.take(lengths == length)
        term = effects.of(some.column[:, :length])
        kept = (term != SKIPPED).ravel()
        keys.append((some.group[:, None] * effects.terms + term).ravel()[kept])
        small = effects.every(some.share[:, :length]) * value[some.node, None, None]
        parts.append(_spread(some, small, bits).reshape(-1, 2**bits)[kept])
    if sum(map(len, keys)):
        yield from _summed(np.concatenate(keys), np.concatenate(parts), effects.terms)


def _spread(leaves: Leaves, small: Vector, bits: int) -> Vector:
    """Return leaves by effects by patterns: each leaf's effects in its group's patterns."""
    length = small.shape[2].bit_length() - 1
    if bits == length and (leaves.want[:, :length] == np.left_shift(1, np.arange(length))).all():
        return small
    kind = np.min_scalar_type(2**bits - 1)
    patterns = np.arange(2**bits, dtype=kind)
    case = np.zeros((len(leaves.node), 2**bits), np.min_scalar_type(2**length - 1))
    for slot in range(length):
        mask, want = leaves.mask[:, slot, None].astype(kind), leaves.want[:, slot, None].astype(kind)
        case |= ((patterns & mask) == want) * case.dtype.type(1 << slot)
    return np.take_along_axis(small, case[:, None, :].astype(np.intp), axis=2)


def _summed(keys: Ints, parts: Vector, terms: int) -> Iterator[Table]:
    """Add up what goes to the same term of the same group."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    parts = parts[order]
    values = parts if len(starts) == len(keys) else np.add.reduceat(parts, starts, axis=0)
    group, term = np.divmod(keys[starts], terms)
    ends = np.append(np.flatnonzero(group[1:] != group[:-1]) + 1, len(group))
    for start, stop in zip(np.append(0, ends[:-1]), ends, strict=True):
        yield Table(int(group[start]), tuple(map(int, term[start:stop])), values[start:stop])
