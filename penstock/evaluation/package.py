"""Model archives: unpacked safely, given what explains them, and packed: equal files give equal bytes."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import NotFound
from penstock.explainability.background import write_background
from penstock.explainability.meanings import meanings_of, write_meanings
from penstock.training.artefact import CARD, BrokenModel, read_card, sha256

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.specs import UseCase


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


def add_explanation(folder: Path, use_case: UseCase, train: pa.Table) -> None:
    """Add background and meanings to a model's folder, and seal them: its card names them with their hashes.

    Parameters
    ----------
    folder
        The unpacked model.
    use_case
        Says what its columns mean, and the seed by which the background is chosen.
    train
        Raw training rows.
    """
    card = read_card(folder)
    inputs = [column.name for column in card.columns]
    added = (
        write_background(folder, train, inputs, seed=use_case.model.seed),
        write_meanings(folder, meanings_of(use_case, train, inputs)),
    )
    files = {**card.files, **{path.name: sha256(path) for path in added}}
    sealed = card.model_copy(update={"files": dict(sorted(files.items()))})
    (folder / CARD).write_text(sealed.model_dump_json(indent=1) + "\n", encoding="utf-8")


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
