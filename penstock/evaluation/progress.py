"""How long each part of an evaluation takes; slow ones say so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SLOW_SECONDS = 2.0


@dataclass(frozen=True)
class Progress:
    """Times the parts of an evaluation, and prints a line for each that takes over two seconds.

    Examples
    --------
    >>> progress = Progress()
    >>> with progress.part("slices"):
    ...     pass
    >>> list(progress.seconds)
    ['slices']
    """

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time one part."""
        start = time.perf_counter()
        yield
        taken = time.perf_counter() - start
        self.seconds[name] = round(self.seconds.get(name, 0.0) + taken, 3)
        if taken > SLOW_SECONDS:
            print(f"evaluation: {name} took {taken:.1f} s", flush=True)
