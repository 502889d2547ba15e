"""The output of a process, line by line: into its file at once and to CloudWatch Logs in batches."""

import logging
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local_cloud.sagemaker.cloud import CloudError, RoleSession

logger = logging.getLogger(__name__)
_MAX_EVENTS = 1000
_MAX_BYTES = 500_000
_MAX_LINE = 250_000
_FLUSH_SECONDS = 0.5


@dataclass(frozen=True)
class LogTarget:
    """A stream in CloudWatch Logs and the session that may write it."""

    session: RoleSession
    group: str
    stream: str


class LogStream:
    """Receives lines from a process; never blocks it for the sake of CloudWatch.

    A role that may not write logs loses the CloudWatch copy only, as on AWS.
    """

    def __init__(self, path: Path, target: LogTarget) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._target = target
        self._queue: queue.Queue[tuple[int, str] | None] = queue.Queue()
        self._sender = threading.Thread(target=self._send, name="sagemaker-logs", daemon=True)
        self._sender.start()

    def pump(self, lines: Iterable[bytes]) -> None:
        """Pass on every line until the process closes its output."""
        for raw in lines:
            self.write(raw.decode("utf-8", "replace").rstrip("\r\n"))

    def write(self, line: str) -> None:
        """Record one line."""
        self._file.write(line + "\n")
        self._file.flush()
        self._queue.put((int(time.time() * 1000), line[:_MAX_LINE]))

    def close(self) -> None:
        """Send what is left and stop."""
        self._queue.put(None)
        self._sender.join(timeout=10)
        self._file.close()

    def _send(self) -> None:
        """Send batches until closed."""
        open_ = True
        while open_:
            batch, open_ = self._batch()
            if batch:
                self._deliver(batch)

    def _batch(self) -> tuple[list[tuple[int, str]], bool]:
        """Collect lines for a moment; the flag tells whether more may come."""
        batch: list[tuple[int, str]] = []
        size, deadline = 0, time.monotonic() + _FLUSH_SECONDS
        while len(batch) < _MAX_EVENTS and size < _MAX_BYTES:
            try:
                event = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if event is None:
                return batch, False
            batch.append(event)
            size += len(event[1])
        return batch, True

    def _deliver(self, batch: list[tuple[int, str]]) -> None:
        """Put one batch; a refusal must not hurt the job."""
        try:
            self._target.session.put_logs(self._target.group, self._target.stream, batch)
        except CloudError as error:
            logger.info("log lines of %s were not delivered: %s", self._target.stream, error)
