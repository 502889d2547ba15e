"""What a condition found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from penstock.quality.conditions import Condition


@dataclass(frozen=True)
class Outcome:
    """What a condition found.

    Parameters
    ----------
    condition
        What was asked.
    rows, broken
        How many rows there are, and how many break the condition (0 or 1 file for a file's condition).
    examples
        Row number (None for a file's condition) and reason of the first few.
    missing
        How many rows were not asked, having no value.
    observed
        What a file's condition found.
    values
        The values of the examples by column, as text, masked where they are personal.
    details
        More counts: ``repeated_values`` of a uniqueness check.
    """

    condition: Condition
    rows: int
    broken: int
    examples: tuple[tuple[int | None, str], ...] = ()
    missing: int = 0
    observed: Any = None
    values: tuple[Mapping[str, str | None], ...] = ()
    details: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of the rows with a value that pass, 1.0 when there are none."""
        asked = self.rows - self.missing
        return 1.0 - self.broken / asked if asked > 0 else 1.0

    @property
    def passed(self) -> bool:
        """Whether it has no consequences: enough rows pass, or it was skipped (``status`` tells which)."""
        if self.condition.skipped or self.broken == 0:
            return True
        return self.condition.scope == "row" and self.share >= self.condition.mostly

    @property
    def status(self) -> Literal["passed", "failed", "skipped"]:
        """What became of it; what could not be asked has not passed."""
        if self.condition.skipped:
            return "skipped"
        return "passed" if self.passed else "failed"
