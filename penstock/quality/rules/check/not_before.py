"""A day or moment must not be before another one of the same row."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.order import TimeOrder


class NotBefore(TimeOrder):
    """A day or moment is not before another one of the row."""

    right: ClassVar[str] = ">="
    words: ClassVar[str] = "not before"

    check: Literal["not_before"]


RULE = NotBefore
