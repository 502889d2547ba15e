"""A day or moment must not be after another one of the same row."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.order import TimeOrder


class NotAfter(TimeOrder):
    """A day or moment is not after another one of the row."""

    right: ClassVar[str] = "<="
    words: ClassVar[str] = "not after"

    check: Literal["not_after"]


RULE = NotAfter
