"""The cloud assembly of the checkout that Penstock runs from."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path

import penstock
from penstock.errors import CloudError


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


def fresh_assembly(environment: str) -> Path:
    """Return the folder of the cloud assembly; it is synthesised when a source has changed.

    Raises
    ------
    CloudError
        The synthesis failed.
    """
    project = project_folder()
    synth = importlib.import_module("stacks.synth")
    try:
        folder: Path = synth.synthesise(project, environment=environment)
    except subprocess.CalledProcessError as error:
        raise CloudError(
            "The stacks could not be synthesised.",
            found=str(error),
            action="Run `make synth` for the whole message.",
        ) from error
    return folder
