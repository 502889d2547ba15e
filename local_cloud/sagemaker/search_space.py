"""Where a tuning job looks: random points of its ranges, or every combination of a grid."""

import itertools
import math
import random
from collections.abc import Iterator
from typing import Any

from local_cloud.sagemaker.errors import ValidationException

Json = dict[str, Any]


def candidates(config: Json, seed: str) -> Iterator[dict[str, str]]:
    """Yield hyper-parameters to try, as texts; endless for a random search.

    Bayesian and Hyperband searches are carried out as random ones. The same seed gives the same points.

    Parameters
    ----------
    config
        ``HyperParameterTuningJobConfig``.
    seed
        Used unless the configuration has a RandomSeed.

    Examples
    --------
    >>> ranges = {"CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}]}
    >>> list(candidates({"Strategy": "Grid", "ParameterRanges": ranges}, "x"))
    [{'kind': 'a'}, {'kind': 'b'}]
    """
    ranges = config.get("ParameterRanges", {})
    if config["Strategy"] == "Grid":
        yield from _grid(ranges)
        return
    source = random.Random(config.get("RandomSeed", seed))  # noqa: S311
    while True:
        yield {
            **{item["Name"]: _whole(item, source) for item in ranges.get("IntegerParameterRanges", [])},
            **{item["Name"]: _real(item, source) for item in ranges.get("ContinuousParameterRanges", [])},
            **{
                item["Name"]: source.choice(item["Values"])
                for item in ranges.get("CategoricalParameterRanges", [])
            },
        }


def check_strategy(config: Json) -> None:
    """Refuse a grid over anything but categories, as AWS does."""
    ranges = config.get("ParameterRanges", {})
    numeric = ranges.get("IntegerParameterRanges") or ranges.get("ContinuousParameterRanges")
    if config["Strategy"] == "Grid" and numeric:
        raise ValidationException("Grid search only supports categorical hyperparameters.")


def _grid(ranges: Json) -> Iterator[dict[str, str]]:
    """Yield every combination of categories."""
    categories = ranges.get("CategoricalParameterRanges", [])
    names = [item["Name"] for item in categories]
    for values in itertools.product(*(item["Values"] for item in categories)):
        yield dict(zip(names, values, strict=True))


def _whole(item: Json, source: random.Random) -> str:
    """Draw a whole number of a range."""
    low, high = int(item["MinValue"]), int(item["MaxValue"])
    if _scale(item) == "Linear":
        return str(source.randint(low, high))
    return str(min(high, max(low, round(_drawn(item, source)))))


def _real(item: Json, source: random.Random) -> str:
    """Draw a number of a range."""
    return repr(_drawn(item, source))


def _drawn(item: Json, source: random.Random) -> float:
    """Draw a number on the scale that a range asks for."""
    low, high = float(item["MinValue"]), float(item["MaxValue"])
    scale = _scale(item)
    if scale == "Logarithmic":
        return math.exp(source.uniform(math.log(low), math.log(high)))
    if scale == "ReverseLogarithmic":
        return 1 - math.exp(source.uniform(math.log(1 - high), math.log(1 - low)))
    return source.uniform(low, high)


def _scale(item: Json) -> str:
    """Return a range's scale; Auto means logarithmic when the range spans orders of magnitude above zero."""
    scale = str(item.get("ScalingType", "Auto"))
    if scale != "Auto":
        return scale
    low, high = float(item["MinValue"]), float(item["MaxValue"])
    return "Logarithmic" if low > 0 and high / low >= 1000 else "Linear"  # noqa: PLR2004
