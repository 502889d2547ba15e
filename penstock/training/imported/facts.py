"""What is kept of an imported model beside its file: what it was, takes, and what its outputs mean."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.specs.importing import ImportedSource, ImportFormat
from penstock.specs.model import Problem

FACTS = "imported.json"


class ImportedFacts(BaseModel):
    """``imported.json`` in the model's folder; ``model.json`` seals it with the other files.

    Attributes
    ----------
    source
        The file that was brought in, and what was said of it.
    file, kind
        The file of this folder that answers, and its format: a pickle has become a skops file.
    columns
        What the model takes, in its order.
    order
        Which of the model's outputs stand for the answers, in the order of ours: of a yes/no question the one
        of yes, of several classes one each; empty where there is one output alone.
    clusters
        How many a clustering has.
    usual
        What stands, in an evaluation, for the answer to a row that the model cannot answer: the mean answer
        to the validation rows. An endpoint refuses such a row.
    made_with, warnings
        Libraries that wrote the file, and what may make answers differ here.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal["penstock-imported/1"] = "penstock-imported/1"
    source: ImportedSource
    file: str
    kind: ImportFormat
    problem: Problem
    columns: tuple[str, ...]
    order: tuple[int, ...] = ()
    clusters: int = 0
    usual: tuple[float, ...] = ()
    made_with: dict[str, str] = {}
    warnings: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> ImportedFacts:
        """Read ``imported.json``."""
        return cls.model_validate_json((folder / FACTS).read_bytes())

    def write(self, folder: Path) -> None:
        """Write ``imported.json``; equal facts give equal bytes."""
        (folder / FACTS).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
