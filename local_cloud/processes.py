"""The server as a detached process: started, recognised and stopped by its process id."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from local_cloud.constants import LOOPBACK
from local_cloud.errors import CloudStartError

# A server that takes a large upload may be slow to answer; a dead one refuses at once.
_PATIENCE_SECONDS = 15
_POLL_PATIENCE_SECONDS = 2
_LOOKS = 5
_MODULE = "local_cloud.server"
_START_SECONDS = 60.0
_STOP_SECONDS = 120.0
_POLL_SECONDS = 0.05


def command_line(pid: int) -> str:
    """Return the command line of a process, or nothing if there is no such process."""
    path = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    listed = subprocess.run(  # noqa: S603
        ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return listed.stdout


def is_ours(pid: int | None, state: Path) -> bool:
    """Tell whether a process is the server of the cloud in a state folder."""
    if not pid:
        return False
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)
    line = _settled_command_line(pid)
    return _MODULE in line and str(state) in line


def _settled_command_line(pid: int) -> str:
    """Return a process's command line; one that has only just begun may show none for a moment."""
    for _ in range(_LOOKS):
        line = command_line(pid)
        if line.strip() or not _exists(pid):
            return line
        time.sleep(_POLL_SECONDS)
    return ""


def _exists(pid: int) -> bool:
    """Tell whether there is a process of that id."""
    try:
        os.kill(pid, 0)
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def _is_free(port: int) -> bool:
    """Tell whether a loopback port can be bound."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_port(preferred: int | None) -> int:
    """Return the preferred port if it is free, else any free one.

    Examples
    --------
    >>> 0 < choose_port(None) < 65536
    True
    """
    if preferred and _is_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def start(state: Path, port: int) -> int:
    """Start the server detached from this process and return its process id."""
    package_root = str(Path(__file__).parent.parent)
    inherited = os.environ.get("PYTHONPATH")
    env = {
        **os.environ,
        "PYTHONPATH": f"{package_root}{os.pathsep}{inherited}" if inherited else package_root,
    }
    with (state / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", _MODULE, "--state", str(state), "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=env,
            start_new_session=True,
        )
    return process.pid


def is_healthy(port: int, patience: float = _PATIENCE_SECONDS) -> bool:
    """Tell whether the server answers within some seconds."""
    try:
        with urllib.request.urlopen(
            f"http://{LOOPBACK}:{port}/_ministack/health", timeout=patience
        ) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


def await_health(pid: int, port: int, state: Path) -> None:
    """Wait until the server answers.

    Raises
    ------
    CloudStartError
        If the process ends or stays silent; the message shows the end of its log.
    """
    if becomes_healthy(pid, port, state):
        return
    tail = "\n".join((state / "server.log").read_text(errors="replace").splitlines()[-15:])
    raise CloudStartError(f"The local cloud did not start; the end of {state / 'server.log'}:\n{tail}")


def becomes_healthy(pid: int, port: int, state: Path) -> bool:
    """Wait until the server answers; False when it ends before, or stays silent for too long."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if is_healthy(port, _POLL_PATIENCE_SECONDS):
            return True
        if not is_ours(pid, state):
            return False
        time.sleep(_POLL_SECONDS)
    return False


def stop(pid: int, state: Path) -> None:
    """Ask the server to save its state and end; wait until it has.

    Raises
    ------
    CloudStartError
        If it has not ended after two minutes; it is left running then, since its state is not saved.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while is_ours(pid, state):
        if time.monotonic() > deadline:
            raise CloudStartError(
                f"The local cloud (process {pid}) did not end within {_STOP_SECONDS:.0f} s."
            )
        time.sleep(_POLL_SECONDS)
