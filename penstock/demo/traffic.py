"""Live traffic beside a rollout: clients that go on asking whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from penstock.serving.client import EndpointClient

BATCH_ROWS = 20
_CLIENTS = 2
_PAUSE_SECONDS = 0.1


@dataclass
class Traffic:
    """How requests went."""

    answered: int = 0
    refused: int = 0
    last_refusal: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, problem: str = "") -> None:
        """Count a request."""
        with self._lock:
            self.answered += not problem
            self.refused += bool(problem)
            self.last_refusal = problem or self.last_refusal

    @property
    def share_refused(self) -> float:
        """Refused requests as a share of all."""
        return self.refused / max(self.answered + self.refused, 1)


@contextmanager
def flowing(client: EndpointClient, rows: Sequence[dict[str, Any]]) -> Iterator[Traffic]:
    """Send batches of rows from a few clients until the block ends."""
    traffic, stop = Traffic(), threading.Event()
    instances = client.instances(rows)
    batches = [instances[at : at + BATCH_ROWS] for at in range(0, len(instances), BATCH_ROWS)]
    clients = [
        threading.Thread(
            target=_ask, args=(client, batches[number:] + batches[:number], traffic, stop), daemon=True
        )
        for number in range(_CLIENTS)
    ]
    for thread in clients:
        thread.start()
    try:
        yield traffic
    finally:
        stop.set()
        for thread in clients:
            thread.join()


def _ask(
    client: EndpointClient, batches: list[list[dict[str, Any]]], traffic: Traffic, stop: threading.Event
) -> None:
    """Send one batch after the other, again from the start when they end."""
    from botocore.exceptions import BotoCoreError, ClientError

    turn = 0
    while not stop.wait(_PAUSE_SECONDS):
        try:
            client.invoke(batches[turn % len(batches)])
        except (BotoCoreError, ClientError) as error:
            traffic.count(str(error))
        else:
            traffic.count()
        turn += 1
