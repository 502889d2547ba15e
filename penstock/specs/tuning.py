"""Where and how the best hyper-parameters are looked for: one declaration, whether in one job or in many."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from penstock.specs.base import Spec


class Range(Spec):
    """Numbers from a minimum to a maximum, both included.

    Examples
    --------
    >>> Range(minimum=0.01, maximum=0.3, scale="log").integer
    False
    """

    minimum: float
    maximum: float
    scale: Literal["linear", "log"] = "linear"
    integer: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Range:
        if self.minimum >= self.maximum:
            raise ValueError("'minimum' must be below 'maximum'")
        if self.scale == "log" and self.minimum <= 0:
            raise ValueError("'scale: log' needs numbers above zero")
        if self.integer and not (self.minimum.is_integer() and self.maximum.is_integer()):
            raise ValueError("'integer' needs whole limits")
        return self


class Choices(Spec):
    """One of several values."""

    choices: tuple[float | int | str | bool, ...] = Field(min_length=2, max_length=30)


class Tuning(Spec):
    """How a search goes.

    ``job`` tries all in one training job, one after another, by Optuna; ``jobs`` gives each its own, by a
    SageMaker tuning job. Both compare by the model's metric on the validation rows.
    """

    trials: int = Field(default=20, ge=1, le=500)
    parallel: int = Field(default=2, ge=1, le=20)
    """Jobs at the same time; one job tries one after another, so that a repeat finds the same."""
    method: Literal["bayesian", "random"] = "bayesian"
    early_stopping: bool = True
    """Give up boosters that are worse than half of the earlier ones were at the same point."""
    place: Literal["job", "jobs"] = "job"
