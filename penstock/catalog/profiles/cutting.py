"""How a Parquet file's rows are cut into pieces: along its row groups, since cutting across costs a copy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Cut(NamedTuple):
    """Neighbouring row groups that are read together, in pieces of so many rows."""

    groups: list[int]
    rows: int
    size: int


def cuts(groups: Sequence[int], most: int) -> Iterator[Cut]:
    """Put small row groups together and cut large ones into equal pieces.

    Parameters
    ----------
    groups
        Rows of each row group.
    most
        Rows of a piece.

    Examples
    --------
    >>> [(cut.groups, cut.size) for cut in cuts([40, 50, 20, 250], most=100)]
    [([0, 1], 90), ([2], 20), ([3], 84)]
    """
    run, rows = list[int](), 0
    for group, more in enumerate(groups):
        if run and rows + more > most:
            yield _cut(run, rows, most)
            run, rows = [], 0
        run.append(group)
        rows += more
    if run:
        yield _cut(run, rows, most)


def bounds(groups: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Yield the first row of each piece and the row behind its last.

    Examples
    --------
    >>> list(bounds([40, 50, 120], most=100))
    [(0, 90), (90, 150), (150, 210)]
    """
    start = 0
    for cut in cuts(groups, most):
        end = start + cut.rows
        for first in range(start, end, cut.size):
            yield first, min(first + cut.size, end)
        start = end


def _cut(groups: list[int], rows: int, most: int) -> Cut:
    """Return the cut of some row groups; without rows there is one piece of none."""
    return Cut(groups, rows, max(1, math.ceil(rows / max(1, math.ceil(rows / most)))))
