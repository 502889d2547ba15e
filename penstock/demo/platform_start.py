"""Starting the local cloud with the platform in it."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.demo.assembly import fresh_assembly

if TYPE_CHECKING:
    from local_cloud.lifecycle import Cloud
    from local_cloud.progress import Progress
    from penstock.demo.stage import Stage

_KEPT = frozenset({"cache", "previous"})


def start(root: Path, stage: Stage, environment: str) -> Cloud:
    """Start the emulator while the stacks are synthesised, then deploy them; IAM is enforced from the start.

    Parameters
    ----------
    root
        The folder whose ``.penstock`` holds the state.
    stage
        Shows a bar a stack.
    environment
        Environment of the platform.
    """
    from local_cloud import lifecycle

    def tell(progress: Progress) -> None:
        if progress.stage == "stack":
            stage.bar(progress.name, progress.done, progress.total)
        stage.now(f"{progress.name}: {progress.detail}" if progress.detail else progress.name)

    with ThreadPoolExecutor(1) as pool:
        assembly = pool.submit(fresh_assembly, environment)
        lifecycle.up(root, progress=tell, prewarm=True)
        stage.now("synthesising the stacks")
        return lifecycle.up(root, assembly=assembly.result(), progress=tell)


def put_aside(root: Path) -> bool:
    """Stop a local cloud and move its state to ``.penstock/previous``; say whether there was any.

    Only one earlier state is kept, and the cache stays where it is.
    """
    from local_cloud import lifecycle

    lifecycle.down(root)
    state = root / lifecycle.FOLDER
    found = [entry for entry in state.iterdir() if entry.name not in _KEPT] if state.is_dir() else []
    if not found:
        return False
    previous = state / "previous"
    shutil.rmtree(previous, ignore_errors=True)
    previous.mkdir(mode=0o700)
    for entry in found:
        entry.rename(previous / entry.name)
    return True
