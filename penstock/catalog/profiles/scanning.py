"""One pass over files: pieces are measured in parallel and merged in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from penstock.catalog.profiles.numbers import measure_numbers
from penstock.catalog.profiles.relating import Relations, relate
from penstock.catalog.profiles.state import ColumnState
from penstock.catalog.profiles.subjects import Source, Subject
from penstock.catalog.profiles.texts import measure_texts
from penstock.catalog.profiles.vectors import Numbers, Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Measured = tuple[ColumnState, NDArray[np.uint64] | None]

TOGETHER = 64
"""Columns that are read together, and at most related to each other."""
_AHEAD = 4
_WATCHED = 16_000_000
"""Values of possible keys that are remembered to make sure."""


@dataclass
class Watch:
    """Hashes of columns in which nothing has stood twice so far, as long as there is room."""

    hashes: dict[str, list[NDArray[np.uint64]]] = field(default_factory=dict)
    room: int = _WATCHED
    stopped: set[str] = field(default_factory=set)

    def see(self, name: str, hashes: NDArray[np.uint64] | None) -> None:
        """Remember the hashes of a piece, or stop if a value stood twice in it."""
        if name in self.stopped:
            return
        if hashes is None or len(hashes) > self.room:
            self.stopped.add(name)
            self.room += sum(map(len, self.hashes.pop(name, [])))
            return
        self.hashes.setdefault(name, []).append(hashes)
        self.room -= len(hashes)

    def judge(self, name: str, state: ColumnState) -> ColumnState:
        """Say for certain whether values are unique where everything is remembered."""
        if name in self.stopped or name not in self.hashes:
            return state
        ordered = np.sort(np.concatenate(self.hashes.pop(name)))
        twice = bool((ordered[1:] == ordered[:-1]).any())
        return replace(state, unique="no" if twice else "yes")


@dataclass
class Found:
    """What a pass has found so far."""

    states: dict[str, ColumnState]
    relations: Relations | None = None
    watch: Watch = field(default_factory=Watch)

    def add(self, measured: Mapping[str, Measured], relations: Relations | None) -> None:
        """Take in the next piece."""
        for name, (state, hashes) in measured.items():
            self.states[name] = self.states[name].merge(state)
            self.watch.see(name, hashes)
        if relations is not None:
            self.relations = relations if self.relations is None else self.relations.merge(relations)


def scan(
    sources: Sequence[Source], subjects: Sequence[Subject], target: Subject | None
) -> tuple[dict[str, ColumnState], list[Relations]]:
    """Measure columns, some of them at a time; many columns are related to the target alone."""
    states: dict[str, ColumnState] = {}
    relations = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for first in range(0, len(subjects), TOGETHER):
            block = subjects[first : first + TOGETHER]
            related = _related(block, target, alone=len(subjects) <= TOGETHER)
            found = _scan_block(pool, sources, block, related, target)
            states |= {name: found.watch.judge(name, state) for name, state in found.states.items()}
            relations += [found.relations] if found.relations else []
    return states, relations


def _related(block: Sequence[Subject], target: Subject | None, *, alone: bool) -> list[Subject]:
    """Return the columns of a block that are related to each other, or to the target."""
    if target is None:
        return list(block) if alone else []
    return [*block, *([] if target in block else [target])]


def _scan_block(
    pool: ThreadPoolExecutor,
    sources: Sequence[Source],
    block: Sequence[Subject],
    related: Sequence[Subject],
    target: Subject | None,
) -> Found:
    """Read some columns once."""
    found = Found({subject.name: _nothing(subject) for subject in block})
    waiting: deque[tuple[dict[str, Future[Measured]], Future[Relations] | None]] = deque()
    wanted = list(dict.fromkeys((*block, *related)))
    for piece in (piece for source in sources for piece in source.pieces(wanted)):
        columns = {s.name: pool.submit(_measure, piece[s.name], s) for s in block}
        waiting.append((columns, pool.submit(_relate, piece, related, target) if related else None))
        if len(waiting) >= _AHEAD:
            _take(found, waiting.popleft())
    while waiting:
        _take(found, waiting.popleft())
    return found


def _take(found: Found, piece: tuple[dict[str, Future[Measured]], Future[Relations] | None]) -> None:
    """Wait for a piece and take it in."""
    columns, relations = piece
    found.add(
        {name: future.result() for name, future in columns.items()}, relations.result() if relations else None
    )


def _nothing(subject: Subject) -> ColumnState:
    """Return the state of no rows."""
    return ColumnState(subject.type, subject.shown)


def _measure(column: Callable[[], Numbers | Words], subject: Subject) -> Measured:
    """Measure a piece of a column."""
    found = column()
    if isinstance(found, Words):
        return measure_texts(found, shown=subject.shown)
    return measure_numbers(found, subject.type, shown=subject.shown)


def _relate(
    piece: Mapping[str, Callable[[], Numbers | Words]], subjects: Sequence[Subject], target: Subject | None
) -> Relations:
    """Relate those columns of a piece that can be."""
    wanted = [s for s in subjects if s.shown and (target is not None or s.type != "string")]
    return relate({subject.name: piece[subject.name]() for subject in wanted}, wanted, target)
