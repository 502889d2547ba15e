"""Look rows up in the tables of an ensemble, a block of rows and a few trees at a time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from penstock.explainability.decisions import Columns, Comparisons, fitting, precise
from penstock.explainability.effects import SKIPPED
from penstock.explainability.paths import paths
from penstock.explainability.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from penstock.explainability.decisions import Floats
    from penstock.explainability.effects import Effects
    from penstock.explainability.paths import Paths
    from penstock.explainability.trees import Ensemble

    Vector = NDArray[np.float64]

_LEAVES = 2_048
"""Leaves that are planned at once."""
_CELLS = 2_000_000
"""Numbers that are spread over patterns at once."""
_ROWS = 65_536
"""Rows for which tables are kept; then they are made anew."""
_BLOCK = 8_192
"""Rows that are looked up in a call: what they need of a tree fits the second cache."""
_LONGEST = 13
"""The longest pattern that a table is made for, in bits; a longer path is computed for each row."""


def summed_effects(ensemble: Ensemble, matrix: Floats, effects: Effects) -> Vector:
    """Return the path-dependent effects of all trees: outputs by terms by rows.

    Parameters
    ----------
    ensemble
        The trees.
    matrix
        Rows by columns; NaN is missing.
    effects
        Which effects: SHAP values or interactions.

    Notes
    -----
    One thread does the work: calls of a few microseconds from two would wait for Python's lock instead.
    """
    values = np.zeros((len(ensemble.base), effects.terms, len(matrix)))
    matrix = precise(ensemble, matrix)
    thresholds = fitting(ensemble, matrix.dtype)
    for start in range(0, len(matrix), _ROWS):
        part = slice(start, min(start + _ROWS, len(matrix)))
        blocks = _blocks(matrix[part], values[:, :, part])
        for batch in _batches(ensemble, thresholds, effects, rows=part.stop - start):
            steps = batch.steps()
            for block in blocks:
                block.add(steps, effects)
    return values


@dataclass(frozen=True)
class _Group:
    """How to find a row's pattern, and what to add for it.

    ``bits`` names the decisions that must hold for each bit, highest first. ``table`` has a row for each of
    ``terms``; without one, the group is a leaf of ``value`` whose ``share`` of training rows by column is
    given.
    """

    bits: tuple[tuple[int, ...], ...]
    terms: tuple[int, ...]
    table: Vector | None
    share: Vector | None = None
    value: float = 0.0


@dataclass(frozen=True)
class _Step:
    """One tree: its comparisons, then its groups."""

    output: int
    comparisons: Comparisons
    groups: list[_Group]


def _batches(ensemble: Ensemble, thresholds: Floats, effects: Effects, *, rows: int) -> Iterator[_Batch]:
    """Cut the ensemble into parts whose tables fit in memory; no table is longer than the rows."""
    longest = min(_LONGEST, max(1, rows.bit_length() - 2))
    ends = np.append(ensemble.roots, len(ensemble.left)).astype(np.int64)
    first = 0
    while first < len(ensemble.roots):
        last = max(first + 1, int(np.searchsorted(ends, ends[first] + 2 * _LEAVES, side="right")) - 1)
        some = ensemble.cut(first, last)
        found = paths(some, rows=rows, longest=longest)
        cells = np.where(found.bits > longest, 0, found.cells(effects))
        turn = np.cumsum(cells) // _CELLS
        for edges in np.split(np.arange(len(turn)), np.flatnonzero(np.diff(turn)) + 1):
            groups = range(int(edges[0]), int(edges[-1]) + 1)
            yield _Batch(some, thresholds[ends[first] : ends[last]], found, groups, longest, effects)
        first = last


@dataclass(frozen=True, eq=False)
class _Batch:
    """Groups whose tables are made at once."""

    ensemble: Ensemble
    thresholds: Floats
    paths: Paths
    groups: range
    longest: int
    effects: Effects

    def steps(self) -> list[_Step]:
        """Make the tables, and say tree by tree how to find a row's place in them."""
        value = self.ensemble.value
        made = tables(self.paths, self.groups, value=value, effects=self.effects, longest=self.longest)
        found = {table.group: table for table in made}
        ends = np.append(self.ensemble.roots, len(self.ensemble.left))
        steps: dict[int, _Step] = {}
        for group in self.groups:
            tree = int(self.paths.tree[group])
            if tree not in steps:
                asked = Comparisons.of(self.ensemble, self.thresholds, int(ends[tree]), int(ends[tree + 1]))
                steps[tree] = _Step(int(self.ensemble.output[tree]), asked, [])
            place = steps[tree].comparisons.place
            if group in found:
                table = found[group]
                steps[tree].groups.append(_Group(self._bits(group, place), table.terms, table.values))
            elif self.paths.bits[group] > self.longest:
                steps[tree].groups.append(self._leaf(group, place))
        return list(steps.values())

    def _bits(self, group: int, place: dict[int, int]) -> tuple[tuple[int, ...], ...]:
        """Return the decisions behind each bit of a group's pattern, highest first."""
        first, last = np.searchsorted(self.paths.inner_group, [group, group + 1])
        asked = self.paths.above(group, self.ensemble.left, self.ensemble.feature)
        above = [tuple(2 * place[node] + (not left) for node, left in nodes) for nodes in asked]
        inside = [(2 * place[node],) for node in self.paths.inner[first:last].tolist()]
        return tuple(reversed([*above, *inside]))

    def _leaf(self, group: int, place: dict[int, int]) -> _Group:
        """Return a group without a table: one leaf at the end of a long path."""
        leaves = self.paths.leaves
        leaf = int(np.searchsorted(leaves.group, group))
        bits = self._bits(group, place)
        columns = leaves.column[leaf : leaf + 1, : len(bits)]
        return _Group(
            bits=bits[::-1],
            terms=tuple(self.effects.of(columns)[0].tolist()),
            table=None,
            share=leaves.share[leaf, : len(bits)],
            value=float(self.ensemble.value[leaves.node[leaf]]),
        )


def _blocks(rows: Floats, values: Vector) -> list[_Block]:
    """Cut rows into blocks of about equal size."""
    count = -(-len(rows) // _BLOCK)
    edges = np.linspace(0, len(rows), count + 1).astype(int)
    return [_Block(Columns.of(rows[a:b]), values[:, :, a:b]) for a, b in pairwise(edges)]


@dataclass(frozen=True, eq=False)
class _Block:
    """Some rows, and where their values are summed."""

    columns: Columns
    values: Vector

    def add(self, steps: Sequence[_Step], effects: Effects) -> None:
        """Add what some trees contribute."""
        rows = self.values.shape[2]
        most = max((len(step.comparisons.place) for step in steps), default=0)
        met = list(np.empty((2 * most, rows), np.bool_))
        found = np.empty(rows)
        for step in steps:
            step.comparisons.decide(self.columns, met)
            sums = list(self.values[step.output])
            for group in step.groups:
                if group.table is None:
                    _compute(group, met, sums, effects)
                    continue
                pattern = _pattern(group.bits, met)
                for term, line in zip(group.terms, group.table, strict=True):
                    line.take(pattern, out=found, mode="clip")
                    total = sums[term]
                    np.add(total, found, total)


def _pattern(bits: Sequence[tuple[int, ...]], met: Sequence[NDArray[np.bool_]]) -> NDArray[np.intp]:
    """Return each row's pattern: a table's index."""
    pattern = _holds(bits[0], met).astype(np.min_scalar_type(2 ** len(bits) - 1))
    for decisions in bits[1:]:
        np.add(pattern, pattern, out=pattern)
        np.bitwise_or(pattern, _holds(decisions, met).view(np.uint8), out=pattern)
    return pattern.astype(np.intp)


def _holds(decisions: tuple[int, ...], met: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return where all of some decisions hold."""
    holds = met[decisions[0]]
    for decision in decisions[1:]:
        holds = holds & met[decision]
    return holds


def _compute(
    group: _Group, met: Sequence[NDArray[np.bool_]], sums: Sequence[Vector], effects: Effects
) -> None:
    """Add a leaf's effects, computed row by row."""
    on = np.stack([_holds(decisions, met) for decisions in group.bits])
    share = np.asarray(group.share)
    for term, found in zip(group.terms, effects.given(on[None], share[None])[0], strict=True):
        if term != SKIPPED:
            sums[term] += found * group.value
