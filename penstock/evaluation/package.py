"""Model archives: unpacked safely, packed so that equal folders give equal bytes."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

from penstock.errors import NotFound
from penstock.training.artefact import BrokenModel


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack ``model.tar.gz``; files that would land outside of the folder are refused.

    Raises
    ------
    NotFound
        There is no such archive.
    BrokenModel
        It is no archive, or holds what it should not.
    """
    if not archive.is_file():
        raise NotFound(
            "A model's archive is missing.",
            expected=str(archive),
            action="See whether its training job succeeded.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, gzip.BadGzipFile, EOFError) as error:
        raise BrokenModel(
            "A model's archive cannot be unpacked.", found=str(error), where=str(archive)
        ) from error
    return folder


def pack(folder: Path, archive: Path) -> int:
    """Pack the files of a folder with no time, owner or order in it; return the archive's size in bytes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with archive.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path in sorted(folder.iterdir()):
                entry = tarfile.TarInfo(path.name)
                entry.size, entry.mode = path.stat().st_size, 0o644
                with path.open("rb") as file:
                    tar.addfile(entry, file)
    return archive.stat().st_size
