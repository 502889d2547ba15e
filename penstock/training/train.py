"""Training one candidate."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import TrainingRefused
from penstock.evaluation.measuring import measured
from penstock.experiments.recording import libraries
from penstock.specs import Candidate
from penstock.specs.model import Problem
from penstock.training.algorithms import Answers, algorithm
from penstock.training.arrow import read_parquet
from penstock.training.artefact import sha256, write_card
from penstock.training.checkpoints import EVERY, Checkpoints, forget
from penstock.training.labelling import LABEL
from penstock.training.preparation import Preparation
from penstock.training.rows import treated

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.training.algorithms import Matrix, Model, Progress, Vector


class TrainedCandidate(BaseModel):
    """What a training job wrote, with its metrics on the validation rows."""

    model_config = ConfigDict(frozen=True)

    candidate: str
    metrics: dict[str, float]
    files: dict[str, str]
    threads: int = 1


@dataclass(frozen=True)
class TrainingRows:
    """Encoded rows of one run, as one algorithm wants them.

    Attributes
    ----------
    matrix, answers
        What is learnt from, balanced and multiplied as the preparation says.
    held_out, held_out_answers
        The validation rows, as they are.
    digest
        SHA-256 of the files that the rows came from.
    kept
        Folder that keeps a booster half-way, for the next attempt of a job that was killed.
    """

    preparation: Preparation
    matrix: Matrix
    answers: Answers
    held_out: Matrix
    held_out_table: pa.Table
    held_out_answers: Answers
    digest: str
    kept: Path | None = None

    @classmethod
    def read(
        cls,
        *,
        train: Path,
        validation: Path,
        preparation: Path,
        algorithm_name: str,
        seed: int,
        problem: Problem,
    ) -> TrainingRows:
        """Read and encode prepared rows.

        Raises
        ------
        TrainingRefused
            There is nothing to tell apart in the training rows.
        """
        plan, chosen = Preparation.read(preparation), algorithm(algorithm_name)
        rows, held_out = read_parquet(train), read_parquet(validation)
        learnt = answers(rows, problem)
        _refuse_alike(learnt)
        encoded = plan.transform(rows, scaled=chosen.scaled)
        matrix, weighted = treated(encoded, learnt, plan, scaled=chosen.scaled, seed=seed)
        return cls(
            plan,
            matrix,
            weighted,
            plan.transform(held_out, scaled=chosen.scaled),
            held_out,
            answers(held_out, problem, learnt.classes),
            " ".join(map(sha256, (train, validation, preparation))),
        )

    def fit(
        self, candidate: Candidate, *, seed: int, threads: int, progress: Progress | None = None
    ) -> Model:
        """Fit a candidate; a booster tells its progress, and goes on where an earlier attempt was."""
        told: dict[str, Any] = {"progress": progress} if progress else {}
        if self.kept and EVERY in candidate.hyperparameters:
            key = json.dumps([self.digest, candidate.model_dump(mode="json"), seed, threads, libraries()])
            told["checkpoints"] = Checkpoints(self.kept, key, tell=partial(print, flush=True))
        return algorithm(candidate.algorithm).fit(
            self.matrix,
            self.answers,
            hyperparameters=dict(candidate.hyperparameters),
            seed=seed,
            threads=threads,
            **told,
        )

    def forget(self) -> None:
        """Remove what was kept half-way: that training is over."""
        if self.kept:
            forget(self.kept)


def train_candidate(
    *,
    train: Path,
    validation: Path,
    preparation: Path,
    candidate: Candidate,
    seed: int,
    output: Path,
    problem: Problem = "binary",
    threads: int | None = None,
    imported: Path | None = None,
) -> TrainedCandidate:
    """Fit a candidate and write its folder; the same inputs, seed and threads give the same bytes.

    Parameters
    ----------
    train, validation
        Parquet files of raw rows with the column ``label``, unless the problem is clustering.
    preparation
        The run's ``preparation.json``.
    candidate
        Algorithm and hyper-parameters.
    seed
        For everything random.
    output
        The model's folder, as SageMaker packs it.
    problem
        What is learnt.
    threads
        Processor cores to use; all when not given.
    imported
        The file of a candidate that is brought in as it is.

    Raises
    ------
    TrainingRefused
        There is nothing to tell apart in the training rows.
    InvalidSpec
        The library refused the hyper-parameters.
    ModelRefused
        An imported file is unsafe, broken, or does not fit.
    """
    rows = TrainingRows.read(
        train=train, validation=validation, preparation=preparation, algorithm_name=candidate.algorithm,
        seed=seed, problem=problem,
    )  # fmt: skip
    return train_rows(rows, candidate=candidate, seed=seed, output=output, threads=threads, imported=imported)


def train_rows(
    rows: TrainingRows,
    *,
    candidate: Candidate,
    seed: int,
    output: Path,
    threads: int | None = None,
    imported: Path | None = None,
) -> TrainedCandidate:
    """Fit a candidate on rows that have been read, and write its folder; or bring its file in."""
    cores = threads or os.cpu_count() or 1
    if candidate.source is not None:
        from penstock.training.imported.convert import import_candidate

        return import_candidate(
            rows, candidate=candidate, file=imported, seed=seed, output=output, threads=cores
        )
    model = rows.fit(candidate, seed=seed, threads=cores)
    output.mkdir(parents=True, exist_ok=True)
    model.save(output)
    scores = model.scores(rows.held_out)
    classes = rows.answers.classes or tuple(map(str, range(scores.shape[1] if scores.ndim > 1 else 0)))
    return sealed(rows, scores, candidate=candidate, classes=classes, seed=seed, output=output, threads=cores)


def sealed(
    rows: TrainingRows,
    scores: Vector,
    *,
    candidate: Candidate,
    classes: tuple[str, ...],
    seed: int,
    output: Path,
    threads: int,
) -> TrainedCandidate:
    """Describe and seal a model's folder, and measure its scores of the validation rows."""
    problem = rows.answers.problem
    card = write_card(
        output,
        candidate=candidate,
        preparation=rows.preparation,
        seed=seed,
        threads=threads,
        problem=problem,
        classes=classes,
    )
    known = answers(rows.held_out_table, problem, classes)
    metrics = measured(known, scores, matrix=rows.held_out)
    return TrainedCandidate(candidate=candidate.name, metrics=metrics, files=card.files, threads=threads)


def answers(table: pa.Table, problem: Problem, classes: tuple[str, ...] = ()) -> Answers:
    """Return the answers of prepared rows.

    Parameters
    ----------
    classes
        Of a multiclass problem, as training found them; those of the table when not given. Rows of a class
        that is not among them have the position -1.
    """
    if problem == "clustering":
        return Answers(problem, np.zeros(table.num_rows))
    found = table[LABEL].to_numpy()
    if problem == "multiclass":
        names = classes or tuple(sorted(set(found.tolist())))
        places = {name: place for place, name in enumerate(names)}
        return Answers(problem, np.array([places.get(name, -1) for name in found.tolist()]), names)
    return Answers(problem, np.asarray(found, dtype=np.bool_ if problem == "binary" else np.float64))


def labels(table: pa.Table) -> NDArray[np.bool_]:
    """Return the answers of a yes/no question."""
    return np.asarray(answers(table, "binary").values, dtype=np.bool_)


def _refuse_alike(learnt: Answers) -> None:
    """Refuse answers among which there is nothing to tell apart."""
    if learnt.problem == "clustering" or len(np.unique(learnt.values)) > 1:
        return
    positive = f", {int(learnt.values.sum())} positive" if learnt.problem == "binary" else ""
    kind = "value" if learnt.problem == "regression" else "class"
    raise TrainingRefused(f"The training rows have one {kind}.", found=f"{len(learnt)} rows{positive}")
