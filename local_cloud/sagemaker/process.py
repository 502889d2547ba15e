"""One process that stands for a container: started clean, watched, and ended with all its children."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from local_cloud.sagemaker import orphans
from local_cloud.sagemaker.logs import LogStream, LogTarget

logger = logging.getLogger(__name__)
_KILLED_BY_SIGNAL = 128


@dataclass(frozen=True)
class Launch:
    """What to start, and where."""

    command: list[str]
    environment: dict[str, str]
    cwd: Path
    folder: Path


class ContainerProcess:
    """A running process group.

    Its exit code follows the shell's convention, so a process killed by SIGKILL has 137, as in a container.
    """

    def __init__(self, launch: Launch, log: Path, target: LogTarget) -> None:
        self._stream = LogStream(log, target)
        self._folder = launch.folder
        self._popen = self._start(launch)
        self._ended = threading.Lock()
        self._closed = False
        orphans.note(launch.folder, self._popen.pid)
        self._pump = threading.Thread(
            target=self._stream.pump, args=(self._popen.stdout,), name="sagemaker-output", daemon=True
        )
        self._pump.start()

    def _start(self, launch: Launch) -> "subprocess.Popen[bytes]":
        """Start the command in a session of its own with nothing of this process's environment."""
        try:
            return subprocess.Popen(  # noqa: S603
                launch.command,
                env=launch.environment,
                cwd=launch.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o022,
            )
        except OSError as error:
            self._stream.write(f"cannot start {launch.command[0]}: {error}")
            self._stream.close()
            raise

    @property
    def pid(self) -> int:
        """The process's id, which is also its group's."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the main process runs."""
        return self._popen.poll() is None

    def wait(self, timeout: float) -> int | None:
        """Wait for the end; return the exit code, None if it still runs after the timeout in seconds."""
        try:
            self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        return self.join()

    def join(self) -> int:
        """Wait for the end however long it takes; return the exit code."""
        code = self._popen.wait()
        self._finish()
        return code if code >= 0 else _KILLED_BY_SIGNAL - code

    def stop(self, grace: float) -> int:
        """Ask the group to end, and kill it after the grace period in seconds."""
        self._signal(signal.SIGTERM)
        code = self.wait(grace)
        if code is None:
            self.kill()
            code = self.join()
        return code

    def kill(self) -> None:
        """Kill the whole group at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        """Send a signal to the group, if it still exists."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)

    def _finish(self) -> None:
        """End what the main process left behind, as a container's end does, and close the log."""
        with self._ended:
            if self._closed:
                return
            self._closed = True
            self.kill()
            self._pump.join(timeout=5)
            self._stream.close()
            orphans.forget(self._folder)
