"""The model specification: what is predicted, from what, how it is learnt and when it is good enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from penstock.specs.base import ColumnName, Name, Spec
from penstock.specs.evaluation import EvaluationSpec, FairnessMetric
from penstock.specs.importing import ImportedSource
from penstock.specs.preparing import PreparationSpec
from penstock.specs.tuning import Choices, Range, Tuning

Problem = Literal["binary", "multiclass", "regression", "clustering"]
Algorithm = Literal[
    "prior",
    "logistic_regression",
    "linear_regression",
    "random_forest",
    "xgboost",
    "lightgbm",
    "kmeans",
    "gaussian_mixture",
    "hdbscan",
    "imported",
]
Metric = Literal[
    "auc",
    "f1",
    "accuracy",
    "log_loss",
    "macro_f1",
    "weighted_f1",
    "rmse",
    "mae",
    "r2",
    "silhouette",
    "davies_bouldin",
    "calinski_harabasz",
]

_CLASSIFIERS = frozenset({"prior", "logistic_regression", "random_forest", "xgboost", "lightgbm", "imported"})
ALGORITHMS: dict[Problem, frozenset[str]] = {
    "binary": _CLASSIFIERS,
    "multiclass": _CLASSIFIERS,
    "regression": frozenset(
        {"prior", "linear_regression", "random_forest", "xgboost", "lightgbm", "imported"}
    ),
    "clustering": frozenset({"prior", "kmeans", "gaussian_mixture", "hdbscan", "imported"}),
}
"""Which algorithms solve a problem."""

METRICS: dict[Problem, tuple[Metric, ...]] = {
    "binary": ("auc", "f1", "accuracy", "log_loss"),
    "multiclass": ("accuracy", "macro_f1", "weighted_f1", "log_loss", "auc"),
    "regression": ("rmse", "mae", "r2"),
    "clustering": ("silhouette", "davies_bouldin", "calinski_harabasz"),
}
"""By which metrics the models of a problem are compared; the first unless said."""

MINIMISED = frozenset({"log_loss", "rmse", "mae", "davies_bouldin"})
"""Metrics of which less is better."""


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
    warm_up_days: int = Field(default=0, ge=0, le=3_650)
    """Rows of so many days from the first one on are neither learnt from nor tested on: they are what feature
    views know of the rows behind them. Without history a row is none as serving will see it."""

    @model_serializer(mode="wrap")
    def _as_ever(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write a split without warm-up as it has always been written."""
        document: dict[str, Any] = written(self)
        return {name: value for name, value in document.items() if name != "warm_up_days" or value}


class Candidate(Spec):
    """One model to train, with its hyper-parameters, or where the best of them are looked for."""

    name: Name
    algorithm: Algorithm
    hyperparameters: dict[str, float | int | str | bool] = Field(default={})
    search: dict[str, Range | Choices] = Field(default={})
    """Hyper-parameters to tune; the others are as declared."""
    source: ImportedSource | None = None
    """The file of an ``imported`` candidate, which is not trained but brought in as it is."""

    @model_serializer(mode="wrap")
    def _as_ever(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write a candidate that is neither tuned nor imported as it has always been written."""
        document: dict[str, Any] = written(self)
        absent = {name for name in ("search", "source") if not getattr(self, name)}
        return {name: value for name, value in document.items() if name not in absent}

    @model_validator(mode="after")
    def _source_of_an_import(self) -> Candidate:
        if (self.algorithm == "imported") != (self.source is not None):
            raise ValueError(
                "'source' is of the algorithm 'imported', which needs one: penstock model import writes it"
            )
        if self.source is not None and (self.hyperparameters or self.search):
            raise ValueError("an imported model is not trained: it has no hyper-parameters")
        return self


class Gates(Spec):
    """What a version must reach before a person is asked to approve it.

    How much worse a metric may be is a difference of metrics between 0 and 1, and a share of those with a
    unit (``rmse``, ``mae``, ``davies_bouldin``, ``calinski_harabasz``).
    """

    minimum: dict[str, float] = Field(default={})
    """Lowest value of a metric on the test set, by the metric's name."""
    better_than_baseline: bool = True
    champion_tolerance: float = Field(default=0.005, ge=0.0)
    """How much worse than the champion the metric may be on the newest arrival's test rows."""
    maximum_model_megabytes: float = 200.0
    maximum_latency_milliseconds: float = 200.0
    fairness: dict[FairnessMetric, float | tuple[float, float]] = Field(default={})
    """Limits of bias metrics for every facet: the largest size, or lowest and highest value (DI)."""
    slice_tolerance: float | None = Field(default=None, ge=0.0)
    """How much worse than on all test rows the metric may be in a slice."""
    robustness: dict[str, Annotated[float, Field(ge=0.0)]] = Field(default={})
    """How much the metric may fall in a scenario, such as ``noise_10`` or ``missing_30``."""
    sudden_drop: float | None = Field(default=0.05, ge=0.0)
    """How much worse than the previous version the metric may be on all test rows."""
    slow_decline: float | None = Field(default=0.02, ge=0.0)
    """How much the metric may have fallen over the last versions, if they fall steadily."""
    leakage: float | None = Field(default=0.99, gt=0.5, le=1.0)
    """A single column that predicts the answer as well as this gives the answer away."""
    maximum_duplicates: float = Field(default=0.05, ge=0.0, le=1.0)
    """Share of test rows that may also be training rows, other than by chance."""
    fewest_of_a_class: int = Field(default=5, ge=0)
    """Test rows that both answers of a yes/no question, or two classes, must have."""
    maximum_empty_columns: int = Field(default=0, ge=0)
    """Columns that may be without a single value in the training, validation or test rows."""
    maximum_unseen: float = Field(default=0.2, ge=0.0, le=1.0)
    """Share of test rows that may have a word in a column which no training row has."""
    rows_for_each_column: float = Field(default=1.0, ge=0.0)
    """Training rows that there must be for each encoded column."""

    @model_validator(mode="after")
    def _ranges(self) -> Gates:
        if isinstance(self.fairness.get("DI"), float):
            raise ValueError("DI is a ratio, 1 where groups fare alike: give its range, such as [0.8, 1.25]")
        return self


class ModelSpec(Spec):
    """Problem, data, candidates and gates of one model."""

    problem: Problem = "binary"
    dataset: Name
    target: Target | None = None
    """What is predicted; clustering has none."""
    timestamp: ColumnName | None = None
    """When a row is predicted; features of views are those known before it."""
    features: tuple[ColumnName, ...] = Field(min_length=1)
    views: tuple[Name, ...] = ()
    service: Name | None = None
    """The feature service whose features the model uses, in place of ``views``."""
    preparation: PreparationSpec | None = None
    """How columns become numbers; without it, as they always do."""
    split: Split
    metric: Metric
    """By which models are compared; without it, the first that ``METRICS`` has for the problem."""
    baseline: Candidate = Candidate(name="baseline", algorithm="prior")
    candidates: tuple[Candidate, ...] = Field(min_length=1, max_length=20)
    tuning: Tuning = Tuning()
    """How the best hyper-parameters of candidates with ``search`` are found."""
    spot: bool = False
    """Train on spare capacity: cheaper, may be interrupted; tunings and boosters resume where they were."""
    gates: Gates = Gates()
    evaluation: EvaluationSpec = EvaluationSpec()
    train_after_arrivals: int = Field(default=1, ge=1)
    """The first training starts by itself when this many arrivals have been accepted."""
    seed: int = 7
    max_runtime_seconds: int = Field(default=900, ge=30, le=432_000)
    """How long a training job may take."""
    max_training_dollars: float | None = Field(default=None, gt=0.0)
    """What the training jobs of a run may cost together; their time is cut so that they cannot cost more."""
    training_instance: str = "ml.m5.xlarge"
    processing_instance: str = "ml.m5.xlarge"

    @model_validator(mode="before")
    @classmethod
    def _usual_metric(cls, document: Any) -> Any:
        """Compare by the problem's own metric unless another is named."""
        if not isinstance(document, Mapping) or "metric" in document:
            return document
        usual = METRICS.get(document.get("problem", "binary"), ("auc",))
        return {**document, "metric": usual[0]}

    @property
    def classifies(self) -> bool:
        """Whether the answer is one of several classes."""
        return self.problem in ("binary", "multiclass")

    @model_validator(mode="after")
    def _fits_the_problem(self) -> ModelSpec:
        if (self.problem == "clustering") != (self.target is None):
            raise ValueError("clustering has no 'target', and every other problem needs one")
        if self.target is not None and self.target.above is not None and self.problem != "binary":
            raise ValueError(f"'target.above' asks a yes/no question, and the problem is {self.problem}")
        if (wrong := self.evaluation.contradiction(self.problem)) is not None:
            raise ValueError(wrong)
        if self.metric not in METRICS[self.problem]:
            known = ", ".join(METRICS[self.problem])
            raise ValueError(f"metric {self.metric!r} does not measure {self.problem}: use one of {known}")
        for candidate in (self.baseline, *self.candidates):
            if candidate.algorithm not in ALGORITHMS[self.problem]:
                known = ", ".join(sorted(ALGORITHMS[self.problem]))
                raise ValueError(
                    f"candidate {candidate.name!r}: {candidate.algorithm} does not solve {self.problem}: "
                    f"use one of {known}"
                )
        return self

    @model_validator(mode="after")
    def _consistent(self) -> ModelSpec:
        names = [self.baseline.name, *(candidate.name for candidate in self.candidates)]
        if len(set(names)) != len(names):
            raise ValueError(f"candidates need different names, found: {', '.join(names)}")
        if self.preparation and self.preparation.balance != "none" and not self.classifies:
            raise ValueError(f"'preparation.balance' is of classes, and the problem is {self.problem}")
        if self.baseline.search:
            raise ValueError("the baseline is not tuned: it shows what can be had without effort")
        if self.target is not None and self.target.column in self.features:
            raise ValueError(f"the target {self.target.column!r} is also a feature: it would leak the answer")
        if self.views and self.service is not None:
            raise ValueError("give 'views' or 'service', not both")
        if (self.views or self.service) and self.timestamp is None:
            raise ValueError("feature views need 'timestamp', the moment at which a row is predicted")
        if self.split.warm_up_days and self.timestamp is None:
            raise ValueError("'split.warm_up_days' needs 'timestamp', the moment at which a row is predicted")
        return self
