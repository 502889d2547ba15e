"""How long the jobs of a run may take, so that a run never costs more than its model allows."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.errors import InvalidSpec
from penstock.experiments.costs import LIST_PRICES
from penstock.specs import ModelSpec

_SHORTEST = 60
_HOUR = 3_600


def longest_seconds(model: ModelSpec, jobs: int, prices: Mapping[str, float] | None = None) -> int:
    """Return how long each training job may take: the model's limit of time, or less by that of money.

    Should all jobs run for as long as they may, they cost at most ``model.max_training_dollars``.

    Parameters
    ----------
    jobs
        How many training jobs there can be, every trial of a tuning job counted.
    prices
        Dollars an hour by instance type; :data:`penstock.experiments.costs.LIST_PRICES` when not given.

    Raises
    ------
    InvalidSpec
        The instance has no known price, or less than a minute is left for each job.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> model = load_use_case(Path("examples/breast_cancer")).model
    >>> longest_seconds(model, 4)
    900
    >>> longest_seconds(model.model_copy(update={"max_training_dollars": 0.1}), 4, {"ml.m5.xlarge": 0.3})
    300
    """
    if model.max_training_dollars is None:
        return model.max_runtime_seconds
    price = (LIST_PRICES if prices is None else prices).get(model.training_instance)
    if price is None:
        raise InvalidSpec(
            "What training may cost is limited, and its instances have no known price.",
            found=model.training_instance,
            where="model.max_training_dollars",
            action="Give the price in cdk.json (hourly_prices), or take another instance.",
        )
    affordable = int(model.max_training_dollars / price * _HOUR / jobs)
    if affordable < _SHORTEST:
        raise InvalidSpec(
            "What training may cost does not pay for it.",
            found=f"{model.max_training_dollars} dollars: {affordable} s for each of {jobs} jobs",
            expected=f"at least {_SHORTEST} s on {model.training_instance}, {price} dollars an hour",
            where="model.max_training_dollars",
            action="Raise the limit, or try fewer candidates or trials, or tune in one job (place: job).",
        )
    return min(model.max_runtime_seconds, affordable)
