"""Use cases that exist for these tests only, and files of theirs: a few hundred rows, one candidate."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from typing import Any

Document = dict[str, Any]
COLUMNS = ("reading_id", "meter", "amount", "colour", "read_on", "settled_on", "late")
NEVER = 1_000
_COLOURS = ("red", "green", "blue")


def document(name: str, **changes: Any) -> Document:
    """Return the document of a use case with a risk that asks nobody; changes replace parts of it."""
    return {
        "name": name,
        "title": f"Which readings come late ({name})",
        "owner": "tests",
        "risk": {"audience": "internal", "impact": "convenience"},
        "datasets": [contract()],
        "model": model(),
        "serving": {"rollout": {"strategy": "all_at_once", "percent": 50, "wait_seconds": 0}},
        "monitoring": {"minimum_rows": 50},
        **changes,
    }


def contract(**changes: Any) -> Document:
    """Return the contract of ``readings``."""
    return {
        "dataset": "readings",
        "owner": "tests",
        "steward": "tests-data",
        "purpose": "testing",
        "legal_basis": "none needed",
        "classification": "internal",
        "columns": [
            {"name": "reading_id", "type": "string", "nullable": False, "key": True},
            {"name": "meter", "type": "string", "nullable": False},
            {"name": "amount", "type": "decimal", "nullable": False},
            {"name": "colour", "type": "string"},
            {"name": "read_on", "type": "date", "nullable": False},
            {"name": "settled_on", "type": "date", "nullable": False},
            {"name": "late", "type": "integer", "nullable": False},
        ],
        "rules": [
            {"check": "unique", "columns": ["reading_id"]},
            {"check": "between", "column": "amount", "minimum": 0, "maximum": 1_000},
            {"check": "in_set", "column": "late", "values": ["0", "1"]},
        ],
        "max_quarantined": 0.5,
        **changes,
    }


def model(**changes: Any) -> Document:
    """Return a model with one quick candidate, trained on the first file."""
    return {
        "dataset": "readings",
        "target": {"column": "late"},
        "timestamp": "read_on",
        "features": ["amount", "colour"],
        "split": {"method": "hash", "column": "reading_id", "validation": 0.2, "test": 0.3},
        "candidates": [{"name": "logistic", "algorithm": "logistic_regression", "hyperparameters": {}}],
        "gates": {"minimum": {"auc": 0.6}, "maximum_latency_milliseconds": 10_000},
        **changes,
    }


def view() -> Document:
    """Return a feature view of the meters."""
    return {
        "name": "meter_history",
        "entity": {"name": "meter", "key": "meter"},
        "dataset": "readings",
        "timestamp": "settled_on",
        "features": [{"name": "mean_amount", "aggregate": "mean", "of": "amount"}],
    }


PERSON = {"audience": "internal", "impact": "health", "autonomy": "decision_support"}
"""Answers whose risk asks for a person."""


def rows(count: int, *, seed: int = 7, prefix: str = "R", late: int | None = None) -> list[list[str]]:
    """Return rows whose lateness depends on the amount; all alike when ``late`` is given."""
    drawn, random_ = list[list[str]](), random.Random(seed)
    for number in range(count):
        amount = random_.uniform(1, 100)
        answer = int(amount + random_.gauss(0, 12) > 50) if late is None else late
        day = f"2025-{1 + number % 9:02d}-{1 + number % 27:02d}"
        drawn.append(
            [
                f"{prefix}{number:06d}",
                f"M{number % 20}",
                f"{amount:.2f}",
                random_.choice(_COLOURS),
                day,
                day,
                str(answer),
            ]
        )
    return drawn


def drifted(count: int) -> list[dict[str, Any]]:
    """Return live rows of another world."""
    return [
        {"meter": f"M{number % 20}", "amount": 800.0 + number, "colour": "violet"} for number in range(count)
    ]


def as_csv(lines: Iterable[Sequence[str]], *, columns: Sequence[str] = COLUMNS) -> bytes:
    """Write a file with a header."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *lines])
    return text.getvalue().encode()
