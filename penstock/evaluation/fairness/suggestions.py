"""Columns that may be about protected groups, and columns that stand in for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.evaluation.columns import is_numeric, levels, ranks, spaced
from penstock.training.arrow import numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.specs import Column
    from penstock.training.algorithms import Vector

_MOST_ROWS = 20_000
_NAMED = re.compile(
    r"(^|_)(age|birth\w*|born|dob|sex|gender|race|ethnic\w*|national\w*|citizen\w*|religion|belief|"
    r"disab\w*|marital|married|pregnan\w*|orientation|union|language|mother_tongue|skin\w*|origin|health|"
    r"famil\w*|children|parent\w*)($|_)",
    re.IGNORECASE,
)
STRONG = 0.3
"""From here on a column is called a proxy."""


class Protected(BaseModel):
    """A column that may be about a protected group."""

    model_config = ConfigDict(frozen=True)

    column: str
    reason: str
    feature: bool
    """Whether the model uses it."""
    declared: bool
    """Whether it is a facet of the specification."""


class Proxy(BaseModel):
    """A feature that tells a protected column."""

    model_config = ConfigDict(frozen=True)

    column: str
    tells: str
    strength: float
    method: Literal["rank correlation", "Cramer's V", "area under the ROC curve", "correlation ratio"]


class Suggestions(BaseModel):
    """What a reviewer should look at."""

    model_config = ConfigDict(frozen=True)

    protected: tuple[Protected, ...]
    proxies: tuple[Proxy, ...]


def suggest(
    table: pa.Table,
    *,
    columns: Sequence[Column],
    features: Sequence[str],
    facets: Sequence[str],
    strong: float = STRONG,
) -> Suggestions:
    """Suggest protected columns by contract and name, and the features that predict them.

    Parameters
    ----------
    table
        Rows, of which at most 20,000 are looked at.
    columns
        Of the dataset's contract.
    features
        What the model uses.
    facets
        Columns of the declared facets.
    strong
        From 0 (unrelated) to 1 (tells it exactly); weaker features are not named.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from penstock.specs import Column
    >>> rows = pa.table({"sex": ["f", "m"] * 50, "height": [165.0, 180.0] * 50})
    >>> found = suggest(rows, columns=[Column(name="sex", type="string")], features=["height"], facets=[])
    >>> found.protected[0].reason, found.proxies[0].column, found.proxies[0].strength
    ('its name', 'height', 1.0)
    """
    declared = dict.fromkeys(facets, "a declared facet")
    known = {column.name: found for column in columns if (found := _reason(column))}
    names = dict.fromkeys([*declared, *known])
    protected = tuple(
        Protected(
            column=name, reason=known.get(name) or declared[name], feature=name in features,
            declared=name in declared,
        )
        for name in names
    )  # fmt: skip
    thin = table.take(spaced(table.num_rows, _MOST_ROWS))
    there = [name for name in names if name in thin.column_names]
    pairs = [
        (name, other) for other in there for name in features if name != other and name in thin.column_names
    ]
    proxies = [
        Proxy(column=name, tells=other, **association(thin[name], thin[other])) for name, other in pairs
    ]
    kept = [proxy for proxy in proxies if proxy.strength >= strong]
    return Suggestions(
        protected=protected,
        proxies=tuple(sorted(kept, key=lambda proxy: (-proxy.strength, proxy.tells, proxy.column))),
    )


def association(first: pa.ChunkedArray, second: pa.ChunkedArray) -> dict[str, object]:
    """Return how strongly two columns are related, from 0 to 1, and by which method.

    Two numbers by their rank correlation, a number and two groups by the area under the ROC curve (0 where
    it is a half), a number and several groups by the correlation ratio of its ranks, words by Cramér's V
    without its bias.
    """
    numeric = is_numeric(first), is_numeric(second)
    if all(numeric):
        return _found(_correlation(ranks(numbers(first)), ranks(numbers(second))), "rank correlation")
    if not any(numeric):
        return _found(_cramer(levels(first).codes, levels(second).codes), "Cramer's V")
    number, word = (first, second) if numeric[0] else (second, first)
    place, code = ranks(numbers(number)), levels(word).codes
    groups = np.unique(code)
    if len(groups) == 2:  # noqa: PLR2004
        own = code == groups[0]
        rows = int(own.sum())
        area = (place[own].sum() - rows * (rows - 1) / 2) / (rows * (len(code) - rows))
        return _found(abs(2 * area - 1), "area under the ROC curve")
    return _found(_ratio(place, code), "correlation ratio")


def _found(strength: float, method: str) -> dict[str, object]:
    return {"strength": round(min(1.0, max(0.0, float(strength))), 4), "method": method}


def _reason(column: Column) -> str | None:
    """Say why a column may be protected."""
    if column.sensitivity != "none":
        return f"its sensitivity is {column.sensitivity}"
    return "its name" if _NAMED.search(column.name) else None


def _correlation(first: Vector, second: Vector) -> float:
    """Return the size of the linear correlation; 0 for a constant."""
    spread = float(first.std() * second.std())
    return abs(float(((first - first.mean()) * (second - second.mean())).mean())) / spread if spread else 0.0


def _cramer(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return Cramér's V, corrected for the chance relation of few rows (Bergsma 2013)."""
    width = int(second.max(initial=0)) + 1
    counts = np.bincount(first * width + second, minlength=(int(first.max(initial=0)) + 1) * width)
    table = counts.reshape(-1, width).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    total, (rows, columns) = table.sum(), table.shape
    if min(rows, columns) < 2 or total < 2:  # noqa: PLR2004
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    phi = float(((table - expected) ** 2 / expected).sum() / total)
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (total - 1))
    room = min(rows - (rows - 1) ** 2 / (total - 1), columns - (columns - 1) ** 2 / (total - 1)) - 1
    return float(np.sqrt(phi / room)) if room > 0 else 0.0


def _ratio(place: Vector, code: NDArray[np.int64]) -> float:
    """Return the correlation ratio, corrected for the number of groups (Kelley's epsilon)."""
    counts = np.bincount(code).astype(np.float64)
    sums = np.bincount(code, weights=place)
    kept = counts > 0
    within = float((place**2).sum() - (sums[kept] ** 2 / counts[kept]).sum())
    total, rows, groups = float(((place - place.mean()) ** 2).sum()), len(place), int(kept.sum())
    if not total or rows <= groups:
        return 0.0
    return float(np.sqrt(max(0.0, 1 - (within / (rows - groups)) / (total / (rows - 1)))))
