"""What the AWS Lambda service provides to a function, built once and cached: interpreter, layers, code."""

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import uv

from local_cloud.errors import LambdaRuntimeError

LAYER_LOCK = "penstock-layer.lock"
RUNTIME_LOCK = Path(__file__).parent.parent / "requirements" / "lambda-runtime.txt"
_LOCKS: dict[Path, threading.Lock] = {}
_LOCKS_GUARD = threading.Lock()


def _digest(text: str) -> str:
    """Hash a lock together with the interpreter that it is built for."""
    host = f"{sys.version_info[:2]}{platform.system()}{platform.machine()}"
    return hashlib.sha256(f"{text}\n{host}".encode()).hexdigest()[:32]


def _build_once(target: Path, build: Callable[[Path], None]) -> Path:
    """Fill a folder by a function unless it is there; concurrent callers wait, a crash leaves nothing."""
    with _LOCKS_GUARD:
        lock = _LOCKS.setdefault(target, threading.Lock())
    with lock:
        if target.exists():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
        try:
            build(scratch)
            _move(scratch, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target


def _move(scratch: Path, target: Path) -> None:
    """Give the finished folder its name; another process may have been faster."""
    try:
        scratch.rename(target)
    except OSError:
        if not target.exists():
            raise


def _uv(*arguments: str) -> None:
    """Run uv, without the settings of the project that it is called in."""
    blocked = ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT")
    env = {name: value for name, value in os.environ.items() if name not in blocked}
    done = subprocess.run(  # noqa: S603
        [uv.find_uv_bin(), *arguments], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LambdaRuntimeError(f"`uv {' '.join(arguments[:2])}` failed: {done.stderr.strip()}")


def _build_interpreter(folder: Path, lock: Path) -> None:
    """Install the runtime's own packages, and nothing else, beside a bare interpreter."""
    site = str(folder / "site-packages")
    _uv(
        *("pip", "install", "--quiet", "--python", sys.executable, "--require-hashes", "--compile-bytecode"),
        *("--link-mode", "copy", "--target", site, "-r", str(lock)),
    )


def runtime_packages(cache: Path, lock: Path = RUNTIME_LOCK) -> Path:
    """Return the folder of the packages that AWS Lambda's Python runtime brings (boto3).

    Parameters
    ----------
    cache
        Folder that keeps built things, such as ``.penstock/cache``.
    lock
        The hashed requirements that stand for the runtime.

    Raises
    ------
    LambdaRuntimeError
        If the lock is missing or cannot be installed.
    """
    if not lock.exists():
        raise LambdaRuntimeError(f"{lock} is missing; it pins the boto3 of the Lambda runtime.")
    target = cache / "lambda-runtime" / _digest(lock.read_text())
    return _build_once(target, lambda folder: _build_interpreter(folder, lock)) / "site-packages"


@functools.cache
def base_interpreter() -> str:
    """Return the interpreter below the developer's virtual environment; it sees none of its packages."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def build_layer(cache: Path, lock_text: str) -> Path:
    """Build a layer for this host from its lock and return the folder that stands for ``/opt``.

    Parameters
    ----------
    cache
        Folder that keeps built things.
    lock_text
        Hashed requirements, the content of ``penstock-layer.lock``.
    """

    def build(folder: Path) -> None:
        """Install the locked packages below ``python/``."""
        lock = folder / LAYER_LOCK
        lock.write_text(lock_text)
        _uv(
            *("pip", "install", "--quiet", "--python", sys.executable, "--require-hashes"),
            *(
                "--compile-bytecode",
                "--link-mode",
                "copy",
                "--target",
                str(folder / "python"),
                "-r",
                str(lock),
            ),
        )

    return _build_once(cache / "layers" / _digest(lock_text), build)


def _extract(archive: zipfile.ZipFile, folder: Path) -> None:
    """Unpack an archive, refusing members that would land outside of the folder."""
    root = folder.resolve()
    for member in archive.namelist():
        if not (root / member).resolve().is_relative_to(root):
            raise LambdaRuntimeError(f"The archive member {member!r} lies outside of the archive.")
    archive.extractall(folder)


def unpack_layer(cache: Path, content: IO[bytes], digest: str) -> Path:
    """Return the shared folder of a layer version: built from its lock, or unpacked as it is.

    Parameters
    ----------
    cache
        Folder that keeps built things.
    content
        The layer's archive.
    digest
        A hash of the archive that names the folder.
    """
    with zipfile.ZipFile(content) as archive:
        if LAYER_LOCK in archive.namelist():
            return build_layer(cache, archive.read(LAYER_LOCK).decode())
        return _build_once(cache / "layers" / digest[:32], lambda folder: _extract(archive, folder))


def unpack_code(cache: Path, content: IO[bytes], digest: str) -> Path:
    """Return the shared, read-only folder of a function's code.

    Parameters
    ----------
    cache
        Folder that keeps built things.
    content
        The deployment package.
    digest
        A hash of the package that names the folder.
    """

    def build(folder: Path) -> None:
        """Unpack and compile the package, then take away the right to write."""
        with zipfile.ZipFile(content) as archive:
            _extract(archive, folder)
        command = [base_interpreter(), "-I", "-m", "compileall", "-q", str(folder)]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        for path in folder.rglob("*"):
            if path.is_file():
                path.chmod(path.stat().st_mode & 0o555)

    return _build_once(cache / "code" / digest[:32], build)
