"""Processes that outlive their server: noted when they start, killed when the server is gone.

Run as a script with the state folder as its argument, this file waits until its standard input closes,
which happens however the server ends, and then kills what was noted. It needs the standard library only.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

NOTE = "process.json"
_FOLDERS = (f"jobs/*/*/{NOTE}", f"jobs/*/*/serving/{NOTE}", f"endpoints/*/*/*/{NOTE}")


def note(folder: Path, pid: int) -> None:
    """Write down which process runs in a folder."""
    (folder / NOTE).write_text(json.dumps({"pid": pid, "born": birth(pid)}), encoding="utf-8")


def forget(folder: Path) -> None:
    """Remove the note of a process that has ended."""
    (folder / NOTE).unlink(missing_ok=True)


def birth(pid: int) -> str:
    """Return what tells a process from a later one with the same id, empty if there is none.

    Examples
    --------
    >>> birth(os.getpid()) == birth(os.getpid()) != ""
    True
    """
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        return stat.read_text().rpartition(")")[2].split()[19] if stat.exists() else ""
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip()


def end_orphans(state_dir: Path) -> int:
    """Kill the process groups that are noted below a state folder; return how many.

    Call it only when the server that started them has ended.
    """
    ended = 0
    for path in (path for pattern in _FOLDERS for path in state_dir.glob(pattern)):
        noted = json.loads(path.read_text(encoding="utf-8"))
        if noted["born"] and birth(noted["pid"]) == noted["born"]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(noted["pid"], signal.SIGKILL)
                ended += 1
        path.unlink(missing_ok=True)
    return ended


class Reaper:
    """A small process that kills what the server leaves behind, even if the server is killed itself."""

    def __init__(self, state_dir: Path) -> None:
        command = [sys.executable, "-I", "-S", __file__, str(state_dir)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603

    def close(self) -> None:
        """Let it do its work and end."""
        self._process.communicate()


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_orphans(Path(sys.argv[1]))
