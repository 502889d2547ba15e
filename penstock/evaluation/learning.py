"""The learning curve: what more training rows would bring."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import TrainingRefused
from penstock.evaluation.measuring import LOWER_IS_BETTER
from penstock.training.arrow import read_parquet
from penstock.training.train import train_candidate

if TYPE_CHECKING:
    from penstock.specs import Candidate
    from penstock.specs.model import Problem

_parquet: Any = import_module("pyarrow.parquet")


class LearningPoint(BaseModel):
    """A training on some of the rows."""

    model_config = ConfigDict(frozen=True)

    share: float
    rows: int
    validation: float
    seconds: float


class LearningCurve(BaseModel):
    """The metric on the validation rows by training rows.

    ``gain_of_doubling`` is what twice the rows brought at the end of the curve; above zero is better.
    """

    model_config = ConfigDict(frozen=True)

    metric: str
    candidate: str
    points: tuple[LearningPoint, ...]
    gain_of_doubling: float | None


def learning_curve(
    *, prepared: Path, candidate: Candidate, problem: Problem, metric: str, shares: Sequence[float],
    seed: int, scratch: Path,
) -> LearningCurve:  # fmt: skip
    """Train a candidate on shares of the training rows, each a part of the next, and measure each.

    Parameters
    ----------
    prepared
        What ``prepare`` wrote; the preparation is that of all rows.
    candidate, problem, metric
        What is trained, and how it is measured on the validation rows.
    shares
        Of the training rows, each above 0 and at most 1; one whose rows have a single answer is left out.
    seed
        Of the order of the rows, and of the training.
    scratch
        A folder for the models, which are not kept.
    """
    rows = read_parquet(prepared / "train.parquet")
    order = np.random.default_rng(seed).permutation(rows.num_rows)
    points = []
    for number, share in enumerate(sorted(set(shares))):
        some = np.sort(order[: max(2, round(share * rows.num_rows))])
        folder = scratch / f"share{number}"
        folder.mkdir(parents=True)
        _parquet.write_table(rows.take(some), folder / "train.parquet")
        start = time.perf_counter()
        try:
            found = train_candidate(
                train=folder / "train.parquet", validation=prepared / "validation.parquet",
                preparation=prepared / "preparation.json", candidate=candidate, seed=seed,
                output=folder / "model", problem=problem,
            )  # fmt: skip
        except TrainingRefused:
            continue  # so few rows have one answer
        seconds = time.perf_counter() - start
        points.append(
            LearningPoint(share=share, rows=len(some), validation=found.metrics[metric], seconds=seconds)
        )
    return LearningCurve(
        metric=metric, candidate=candidate.name, points=tuple(points), gain_of_doubling=_gain(points, metric)
    )


def _gain(points: Sequence[LearningPoint], metric: str) -> float | None:
    """Return what doubling the rows brought between the last two points."""
    if len(points) < 2 or points[-1].rows == points[-2].rows:  # noqa: PLR2004
        return None
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    gain = sign * (points[-1].validation - points[-2].validation)
    return gain / math.log2(points[-1].rows / points[-2].rows)
