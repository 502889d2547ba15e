"""Answers the benchmark: each line of standard input is a job, each line of standard output its seconds."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol


class Contender(Protocol):
    """What a contender can do; all its features are there after the first write."""

    def write(self, seed: int) -> Callable[[], Any]:
        """Prepare all values and return the call that stores them."""
        ...

    def read(self, keys: list[str]) -> Any:
        """Return the features of entities."""
        ...


def serve(contender: Contender) -> None:
    """Do jobs until standard input ends."""
    for line in sys.stdin:
        job = json.loads(line)
        if "write" in job:
            seconds = [_timed(contender.write(job["write"]))]
        else:
            seconds = [_timed(partial(contender.read, job["read"])) for _ in range(job["times"])]
        sys.stdout.write(json.dumps(seconds) + "\n")
        sys.stdout.flush()


def _timed(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
