"""One gate of the verdict, as data."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Check(BaseModel):
    """One gate: what was measured, what is allowed, and why it passed or not."""

    model_config = ConfigDict(frozen=True)

    check: str
    value: float | None
    limit: float | None
    passed: bool
    reason: str
