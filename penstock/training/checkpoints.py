"""Boosters that are grown in pieces, each from the saved file of the one before: a killed job goes on there.

An undisturbed job goes through the same files as one that was killed and resumed, so that both end with the
same bytes whatever the library keeps in memory. Draws of a piece are seeded by the seed and the number of
trees before it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EVERY = "checkpoint_rounds"
"""The hyper-parameter of boosters that says how many trees a piece has."""
_PIECES, _SHORTEST = 5, 10
_NAME = re.compile(r"booster-(?P<key>[0-9a-f]{16})-(?P<trees>[0-9]{6})-(?P<hash>[0-9a-f]{16})")

Grow = Callable[[bytes | None, int, int], bytes]
"""Takes a saved booster (none at first), how many rounds it has and how many to add; returns the next."""

Resumed = Callable[[bytes, int], None]
"""Takes the saved booster that training goes on from, and how many rounds it has."""


def piece(rounds: int) -> int:
    """Return after how many rounds a job on spare capacity saves: a fifth of them, but at least ten.

    Examples
    --------
    >>> piece(200), piece(30)
    (40, 10)
    """
    return max(_SHORTEST, -(-rounds // _PIECES))


@dataclass(frozen=True)
class Checkpoints:
    """A folder that keeps the newest booster of one training, named by what it was trained from.

    Attributes
    ----------
    folder
        Is carried over to the job's next attempt.
    key
        Of data, candidate, seed, threads and library: a booster of another key is not taken over.
    tell
        Is told what was taken over, and what was not.

    Examples
    --------
    >>> import tempfile
    >>> kept = Checkpoints(Path(tempfile.mkdtemp()), "rows and parameters", tell=print)
    >>> kept.keep(40, b"booster")
    >>> kept.latest()
    Goes on after 40 rounds, from a checkpoint.
    (40, b'booster')
    >>> Checkpoints(kept.folder, "other rows", tell=print).latest() is None
    A checkpoint is of other data or parameters: training starts afresh.
    True
    """

    folder: Path
    key: str
    tell: Callable[[str], None]

    @property
    def _digest(self) -> str:
        return _short(self.key.encode())

    def latest(self) -> tuple[int, bytes] | None:
        """Return the newest whole booster of this training and its rounds, if there is one."""
        found = sorted(_boosters(self.folder), key=lambda one: int(one[1]["trees"]), reverse=True)
        own = [one for one in found if one[1]["key"] == self._digest]
        if found and not own:
            self.tell("A checkpoint is of other data or parameters: training starts afresh.")
        for path, name in own:
            data = path.read_bytes()
            if _short(data) == name["hash"]:
                self.tell(f"Goes on after {int(name['trees'])} rounds, from a checkpoint.")
                return int(name["trees"]), data
            self.tell(f"The checkpoint {path.name} is damaged and is not used.")
        return None

    def keep(self, rounds: int, data: bytes) -> None:
        """Write a booster so that a crash leaves the one before or this one, and nothing in between."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"booster-{self._digest}-{rounds:06d}-{_short(data)}"
        beside = self.folder / f".{path.name}.new"
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        forget(self.folder, but=path)


def forget(folder: Path, *, but: Path | None = None) -> None:
    """Remove the boosters of a folder except one: a job grows one at a time."""
    for path, _ in _boosters(folder):
        if path != but:
            path.unlink(missing_ok=True)


def grown(
    rounds: int,
    every: int | None,
    grow: Grow,
    checkpoints: Checkpoints | None = None,
    resumed: Resumed = lambda *_: None,
) -> bytes:
    """Grow a booster, in pieces if there shall be any, going on where an earlier attempt was.

    Parameters
    ----------
    rounds
        Of boosting, altogether.
    every
        Rounds of a piece; one piece without it.
    grow
        Adds a piece.
    checkpoints
        Keeps what is done so far.
    resumed
        Is called if an earlier attempt had begun.

    Examples
    --------
    >>> grown(5, 2, lambda before, done, more: (before or b"") + b"%d+%d " % (done, more))
    b'0+2 2+2 4+1 '
    """
    begun = checkpoints.latest() if checkpoints and every else None
    done, booster = begun or (0, None)
    if booster is not None:
        resumed(booster, done)
    while done < rounds or booster is None:
        more = min(every or rounds, rounds - done)
        booster = grow(booster, done, more)
        done += more
        if checkpoints and every:
            checkpoints.keep(done, booster)
    return booster


def _boosters(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    """Return all boosters of a folder, with the parts of their names."""
    if not folder.is_dir():
        return []
    named = ((path, _NAME.fullmatch(path.name)) for path in sorted(folder.iterdir()))
    return [(path, name) for path, name in named if name]


def _short(data: bytes) -> str:
    """Return the beginning of a SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]
