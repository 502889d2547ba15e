"""What a batch explains, as its job is told it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.explanations.asking import Ask


class Work(BaseModel):
    """One batch.

    Attributes
    ----------
    version
        The version of the model that explains.
    digest
        Of its package, which is not loaded if it is another.
    source
        Captured requests, or rows in files.
    name
        Of the files that it writes.
    window_start, window_end
        Captured requests of other times are left alone.
    share, seed
        Which share of the rows is explained, drawn by a hash with a seed. Captured requests whose answers
        say why are stored anyway.
    inference_ids
        These captured requests alone, whatever the share.
    at
        When the files with rows were written: the time of their explanations.
    origin
        The address of the files with rows.
    training
        The mean size of each column's values in training.
    minimum_rows
        Of fewer rows nothing is said of drift.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int
    digest: str = ""
    source: Literal["captured", "rows"] = "captured"
    name: str
    window_start: str | None = None
    window_end: str | None = None
    share: float = Field(default=1.0, ge=0.0, le=1.0)
    seed: int = 7
    inference_ids: tuple[str, ...] = ()
    ask: Ask = Ask()
    at: str = ""
    origin: str = ""
    training: dict[str, float] = {}
    minimum_rows: int = 200
