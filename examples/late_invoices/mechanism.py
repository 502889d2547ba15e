"""The world behind the invoices: customers, and what makes an invoice late.

The probability is a logistic function of what a model may learn (terms, amount, country, industry, season,
dispute, discount) and of each customer's own tendency, which shows only in the customer's history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

COUNTRIES = ("DE", "FR", "ES", "IT", "NL", "PL", "SE", "US", "GB", "BR")
INDUSTRIES = ("retail", "construction", "health", "software", "transport", "food", "energy", "public")
TERMS = np.array([7, 14, 30, 45, 60, 75, 90, 120])
FIRST_DAY = np.datetime64("2025-01", "M")

_COUNTRY_MIX = np.array([0.20, 0.15, 0.10, 0.10, 0.10, 0.08, 0.07, 0.08, 0.08, 0.04])
_DRIFTED_MIX = np.array([0.05, 0.06, 0.08, 0.10, 0.05, 0.14, 0.04, 0.10, 0.14, 0.24])
_COUNTRY_EFFECT = np.array([-0.9, -0.1, 0.5, 0.9, -0.8, 0.3, -1.1, 0.0, 0.2, 1.2])
_INDUSTRY_EFFECT = np.array([0.0, 0.9, -0.4, -0.6, 0.4, 0.1, -0.2, 0.6])
_SEASON = np.array([0.35, 0.10, -0.10, -0.20, -0.10, 0.00, 0.30, 0.50, 0.00, -0.10, -0.05, 0.40])
_TERMS_MIX = np.array([0.08, 0.22, 0.40, 0.14, 0.12, 0.0, 0.04, 0.0])
_DRIFTED_TERMS = np.array([0.0, 0.03, 0.07, 0.08, 0.12, 0.32, 0.13, 0.25])
_SCALE, _SHIFT = 1.04, -1.25
"""Chosen so that about 30 % of invoices are late and no model can rank them with an AUC above 0.83."""


@dataclass(frozen=True)
class Customers:
    """All customers: country and industry by number, tendency to be late, size, and name numbers."""

    country: Whole
    industry: Whole
    tendency: Numbers
    size: Numbers
    names: Whole

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.country)


@dataclass(frozen=True)
class Invoices:
    """Some invoices of one month, column by column; ``probability`` is the truth that no model sees."""

    customer: Whole
    country: Whole
    industry: Whole
    day: Whole
    terms: Whole
    amount: Numbers
    discount: Numbers
    lines: Whole
    disputed: Flags
    probability: Numbers
    late: Flags
    days_late: Whole


def customers(rows: int, seed: int) -> Customers:
    """Make the customers of a data set: one for a hundred rows, at least 50, at most 20,000."""
    count, random = min(max(rows // 100, 50), 20_000), np.random.default_rng([seed, 0])
    return Customers(
        country=random.choice(len(COUNTRIES), count, p=_COUNTRY_MIX),
        industry=random.integers(len(INDUSTRIES), size=count),
        tendency=random.normal(0.0, 1.0, count),
        size=random.normal(0.0, 0.6, count),
        names=random.integers(1 << 30, size=count),
    )


def invoices(
    world: Customers, rows: int, *, month: int, drift: bool, random: np.random.Generator
) -> Invoices:
    """Draw invoices of a month (1 is the first, January)."""
    customer = _buyers(world, rows, drift=drift, random=random)
    known: dict[str, Any] = {
        "customer": customer,
        "country": world.country[customer],
        "industry": world.industry[customer],
        "day": random.integers(days_in(month), size=rows),
        "terms": random.choice(TERMS, rows, p=_DRIFTED_TERMS if drift else _TERMS_MIX),
        "amount": _amounts(world.size[customer], drift=drift, random=random),
        "discount": random.choice([0.0, 1.0, 2.0, 3.0, 5.0], rows, p=[0.4, 0.2, 0.2, 0.15, 0.05]),
        "lines": 1 + random.poisson(3.0, rows),
        "disputed": random.random(rows) < 0.06,
    }
    probability = _probability(known, world.tendency[customer], month=month, drift=drift)
    late = random.random(rows) < probability
    overdue = 1 + np.floor(random.exponential(9.0 + 6.0 * probability)).astype(np.int64)
    early = np.floor(random.random(rows) * np.minimum(10, known["terms"])).astype(np.int64)
    return Invoices(**known, probability=probability, late=late, days_late=np.where(late, overdue, -early))


def days_in(month: int) -> int:
    """Return the number of days of a month."""
    start = FIRST_DAY + np.timedelta64(month - 1, "M")
    return int(((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(int))


def _buyers(world: Customers, rows: int, *, drift: bool, random: np.random.Generator) -> Whole:
    """Choose who is invoiced; in the drifted world other countries buy."""
    if not drift:
        return random.integers(len(world), size=rows)
    weight = (_DRIFTED_MIX / _COUNTRY_MIX)[world.country]
    return np.searchsorted(np.cumsum(weight / weight.sum()), random.random(rows)).clip(max=len(world) - 1)


def _amounts(size: Numbers, *, drift: bool, random: np.random.Generator) -> Numbers:
    """Draw log-normal amounts in cents."""
    typical = np.log(900.0) + size + (0.6 if drift else 0.0)
    amounts: Numbers = np.clip(np.exp(typical + random.normal(0.0, 0.9, len(size))), 1.0, 5e6).round(2)
    return amounts


def _probability(known: dict[str, Any], tendency: Numbers, *, month: int, drift: bool) -> Numbers:
    """Return the probability of lateness; drift turns the effects of terms and country round."""
    turn = -1.0 if drift else 1.0
    longing = (np.log(known["terms"]) - np.log(30.0)) / np.log(2.0)
    score = (
        turn * (-0.55 * longing + _COUNTRY_EFFECT[known["country"]])
        + _INDUSTRY_EFFECT[known["industry"]]
        + 0.45 * (np.log(known["amount"]) - np.log(900.0))
        + 1.6 * known["disputed"]
        - 0.12 * known["discount"]
        + _SEASON[(month - 1) % 12]
        + tendency
    )
    probability: Numbers = 1.0 / (1.0 + np.exp(-(_SCALE * score + _SHIFT)))
    return probability
