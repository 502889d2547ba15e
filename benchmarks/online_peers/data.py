"""The features that all contenders write and read; imports numpy alone, for every environment has it."""

from __future__ import annotations

from typing import Any

import numpy as np

VIEWS = ("history", "behaviour", "profile")
KINDS = ("integer", "decimal") * 8 + ("boolean", "boolean", "string", "string")


def names(view: str) -> list[str]:
    """Name the features of a view."""
    return [f"{view}_{n}" for n in range(len(KINDS))]


def keys(count: int) -> list[str]:
    """Name the entities."""
    return [f"C{n:07d}" for n in range(count)]


def columns(view: str, count: int, seed: int) -> dict[str, Any]:
    """Make a column of each feature of a view."""
    chance = np.random.default_rng([seed, VIEWS.index(view)])
    make = {
        "integer": lambda: chance.integers(0, 1_000_000, count),
        "decimal": lambda: chance.random(count),
        "boolean": lambda: chance.random(count) < 0.5,
        "string": lambda: np.char.add("word ", chance.integers(0, 5_000, count).astype(str)).astype(object),
    }
    return {name: make[kind]() for name, kind in zip(names(view), KINDS, strict=True)}
