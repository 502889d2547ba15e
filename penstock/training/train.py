"""Training one candidate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import TrainingRefused
from penstock.evaluation.metrics import point_metrics
from penstock.specs import Candidate
from penstock.training.algorithms import algorithm
from penstock.training.arrow import read_parquet
from penstock.training.artefact import write_card
from penstock.training.preparation import Preparation

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


class TrainedCandidate(BaseModel):
    """What a training job wrote, with its metrics on the validation rows."""

    model_config = ConfigDict(frozen=True)

    candidate: str
    metrics: dict[str, float]
    files: dict[str, str]


def train_candidate(
    *,
    train: Path,
    validation: Path,
    preparation: Path,
    candidate: Candidate,
    seed: int,
    output: Path,
    target: str = "label",
    threads: int | None = None,
) -> TrainedCandidate:
    """Fit a candidate and write its folder; the same inputs, seed and threads give the same bytes.

    Parameters
    ----------
    train, validation
        Parquet files of raw rows with the boolean column ``target``.
    preparation
        The run's ``preparation.json``.
    candidate
        Algorithm and hyper-parameters.
    seed
        For everything random.
    output
        The model's folder, as SageMaker packs it.
    threads
        Processor cores to use; all when not given.

    Raises
    ------
    TrainingRefused
        The training rows have a single class.
    InvalidSpec
        The library refused the hyper-parameters.
    """
    cores = threads or os.cpu_count() or 1
    plan, chosen = Preparation.read(preparation), algorithm(candidate.algorithm)
    rows, held_out = read_parquet(train), read_parquet(validation)
    label = labels(rows, target)
    if label.all() or not label.any():
        raise TrainingRefused(
            "The training rows have one class.", found=f"{len(label)} rows, {label.sum()} positive"
        )
    matrix = plan.transform(rows, scaled=chosen.scaled)
    model = chosen.fit(
        matrix, label, hyperparameters=dict(candidate.hyperparameters), seed=seed, threads=cores
    )
    output.mkdir(parents=True, exist_ok=True)
    model.save(output)
    card = write_card(output, candidate=candidate, preparation=plan, seed=seed, threads=cores)
    scores = model.scores(plan.transform(held_out, scaled=chosen.scaled))
    metrics = point_metrics(labels(held_out, target), scores)
    return TrainedCandidate(candidate=candidate.name, metrics=metrics, files=card.files)


def labels(table: pa.Table, target: str = "label") -> NDArray[np.bool_]:
    """Return the answers as booleans."""
    return np.asarray(table[target].to_numpy(), dtype=np.bool_)
