"""The cloud assembly: synthesised when a source has changed, else the one from before."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import penstock
from penstock.errors import CloudError

_SOURCES = (
    "app.py",
    "cdk.json",
    "pyproject.toml",
    "lambdas",
    "penstock",
    "requirements",
    "sagemaker_jobs",
    "stacks",
)
_SKIPPED = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache"})
_SYNTHESISE = (
    "import sys, pathlib as p; from stacks.synth import synthesise; synthesise(*map(p.Path, sys.argv[1:]))"
)


def project_folder() -> Path:
    """Return the checkout that has the stacks.

    Raises
    ------
    CloudError
        Penstock is installed without them.
    """
    folder = Path(penstock.__file__).resolve().parents[1]
    if not (folder / "stacks").is_dir():
        raise CloudError(
            "The stacks are not installed.",
            expected=str(folder / "stacks"),
            action="Run this in a checkout of the repository (pip install -e .).",
        )
    return folder


def source_digest(folder: Path) -> str:
    """Return the SHA-256 of all sources that a synthesis reads."""
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(f"{path.relative_to(folder)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def fresh_assembly(cache: Path) -> Path:
    """Return the folder of the cloud assembly, synthesising it if a source has changed.

    Parameters
    ----------
    cache
        Keeps the assembly and the digest of its sources.

    Raises
    ------
    CloudError
        The synthesis failed.
    """
    project = project_folder()
    output, mark, digest = cache / "assembly", cache / "assembly.sha256", source_digest(project)
    if mark.exists() and mark.read_text() == digest and (output / "manifest.json").exists():
        return output
    cache.mkdir(parents=True, exist_ok=True)
    mark.unlink(missing_ok=True)
    command = [sys.executable, "-c", _SYNTHESISE, str(project), str(output)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CloudError(
            "The stacks could not be synthesised.",
            found=done.stderr.strip()[-1_500:],
            action="Run `make synth` for the whole message.",
        )
    mark.write_text(digest)
    return output


def _files(folder: Path) -> Iterator[Path]:
    """Yield the source files in a fixed order."""
    for name in _SOURCES:
        place = folder / name
        if place.is_file():
            yield place
        for path in sorted(place.rglob("*")) if place.is_dir() else ():
            if path.is_file() and not _SKIPPED & set(path.parts) and path.suffix != ".pyc":
                yield path
