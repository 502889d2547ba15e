"""Staging of code: plain copies in ``build/``, so that nothing is bundled and no Docker is needed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LAYER_LOCK = "penstock-layer.lock"
LAMBDA_PYTHON = "3.14"
LAMBDA_PLATFORM = "aarch64-manylinux_2_28"

_HANDLER_FREE = frozenset({"cli", "demo"})
_IMAGE_FILES = ("requirements/runtime.txt", "sagemaker_jobs/Dockerfile")


@contextmanager
def alone() -> Iterator[None]:
    """Keep other syntheses of this checkout waiting: they stage into the same folders.

    Examples
    --------
    >>> with alone():
    ...     BUILD.is_dir()
    True
    """
    BUILD.mkdir(exist_ok=True)
    with (BUILD / ".staging-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def stage_handlers() -> Path:
    """Copy what every function runs: ``lambdas/`` and ``penstock/`` without its command line."""
    target = _fresh("handlers")
    for package in ("lambdas", "penstock"):
        _copy_package(package, target, skip=_HANDLER_FREE)
    return target


def stage_image() -> Path:
    """Copy what the runtime image is built from."""
    target = _fresh("image")
    for package in ("sagemaker_jobs", "penstock"):
        _copy_package(package, target, skip=_HANDLER_FREE)
    for name in _IMAGE_FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target / name)
    return target


def stage_layer() -> Path:
    """Install the handlers' dependencies for AWS, from their lock, and keep the lock beside them.

    The local cloud installs the same lock for the machine that it runs on.
    """
    lock = ROOT / "requirements" / "layer.txt"
    stamp = hashlib.sha256(f"{LAMBDA_PYTHON} {LAMBDA_PLATFORM}\n".encode() + lock.read_bytes()).hexdigest()
    target = BUILD / f"layer-{stamp[:16]}"
    if target.is_dir():
        return target
    partial = _fresh(f"{target.name}.partial")
    import uv

    subprocess.run(  # noqa: S603
        [
            uv.find_uv_bin(),
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--no-config",
            "--python-platform",
            LAMBDA_PLATFORM,
            "--python-version",
            LAMBDA_PYTHON,
            "--link-mode",
            "copy",
            "--target",
            str(partial / "python"),
            "--requirement",
            str(lock),
        ],
        check=True,
    )
    _forget_installation(partial / "python")
    shutil.copyfile(lock, partial / LAYER_LOCK)
    partial.rename(target)
    return target


def digest_sources(folder: Path) -> str:
    """Return a hash of a package's files as they stand in the checkout, compiled ones left out."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def digest_text(path: Path) -> str:
    """Return a hash of one file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _fresh(name: str) -> Path:
    target = BUILD / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    return target


def _copy_package(package: str, target: Path, *, skip: Iterable[str]) -> None:
    """Copy a package's source and data files."""
    for folder, folders, files in os.walk(ROOT / package):
        relative = Path(folder).relative_to(ROOT)
        folders[:] = sorted(
            name for name in folders if name != "__pycache__" and not _skipped(relative, name, skip)
        )
        (target / relative).mkdir(parents=True, exist_ok=True)
        for name in sorted(files):
            if not name.endswith((".pyc", "Dockerfile")):
                shutil.copyfile(Path(folder) / name, target / relative / name)


def _skipped(relative: Path, name: str, skip: Iterable[str]) -> bool:
    return relative == Path("penstock") and name in skip


def _forget_installation(python: Path) -> None:
    """Remove what differs from one installation to the next."""
    for path in (*python.glob("*.dist-info/RECORD"), *python.glob("*.dist-info/INSTALLER"),
                 *python.glob("*.dist-info/REQUESTED"), *python.glob("*.dist-info/uv_*")):  # fmt: skip
        path.unlink()
    shutil.rmtree(python / "bin", ignore_errors=True)
    (python / ".lock").unlink(missing_ok=True)
