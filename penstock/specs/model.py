"""The model specification: what is predicted, from what, how it is learnt and when it is good enough."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from penstock.specs.base import ColumnName, Name, Spec

Algorithm = Literal["prior", "logistic_regression", "random_forest", "xgboost", "lightgbm"]


class Target(Spec):
    """The column to predict; ``above`` turns a number into a yes/no question."""

    column: ColumnName
    above: float | None = None


class Split(Spec):
    """How rows are divided.

    ``hash`` puts a row on the same side for ever, by a hash of its key, so that no later
    version is ever trained on a row that an earlier one was tested on; ``time`` tests on the
    newest rows.
    """

    method: Literal["hash", "time"] = "hash"
    column: ColumnName
    validation: float = Field(default=0.2, gt=0.0, lt=0.5)
    test: float = Field(default=0.2, gt=0.0, lt=0.5)


class Candidate(Spec):
    """One model to train, with its hyper-parameters."""

    name: Name
    algorithm: Algorithm
    hyperparameters: dict[str, float | int | str | bool] = Field(default={})


class Gates(Spec):
    """What a version must reach before a person is asked to approve it."""

    minimum: dict[str, float] = Field(default={})
    """Lowest value of a metric on the test set, by the metric's name."""
    better_than_baseline: bool = True
    champion_tolerance: float = Field(default=0.005, ge=0.0)
    """How much worse than the champion the metric may be on the newest arrival's test rows."""
    maximum_model_megabytes: float = 200.0
    maximum_latency_milliseconds: float = 200.0


class ModelSpec(Spec):
    """Problem, data, candidates and gates of one model."""

    problem: Literal["binary"] = "binary"
    dataset: Name
    target: Target
    timestamp: ColumnName | None = None
    """When a row is predicted; features of views are those known before it."""
    features: tuple[ColumnName, ...] = Field(min_length=1)
    views: tuple[Name, ...] = ()
    service: Name | None = None
    """The feature service whose features the model uses, in place of ``views``."""
    split: Split
    metric: Literal["auc", "f1", "accuracy", "log_loss"] = "auc"
    baseline: Candidate = Candidate(name="baseline", algorithm="prior")
    candidates: tuple[Candidate, ...] = Field(min_length=1, max_length=20)
    gates: Gates = Gates()
    train_after_arrivals: int = Field(default=1, ge=1)
    """The first training starts by itself when this many arrivals have been accepted."""
    seed: int = 7
    max_runtime_seconds: int = Field(default=900, ge=30, le=432_000)
    training_instance: str = "ml.m5.xlarge"
    processing_instance: str = "ml.m5.xlarge"

    @model_validator(mode="after")
    def _consistent(self) -> ModelSpec:
        names = [self.baseline.name, *(candidate.name for candidate in self.candidates)]
        if len(set(names)) != len(names):
            raise ValueError(f"candidates need different names, found: {', '.join(names)}")
        if self.target.column in self.features:
            raise ValueError(f"the target {self.target.column!r} is also a feature: it would leak the answer")
        if self.views and self.service is not None:
            raise ValueError("give 'views' or 'service', not both")
        if (self.views or self.service) and self.timestamp is None:
            raise ValueError("feature views need 'timestamp', the moment at which a row is predicted")
        return self
