"""The record of a detector: one kind of personal data, by the names of columns and by their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from penstock.catalog.classification.records import Protection, Sensitivity


@dataclass(frozen=True, kw_only=True)
class Detector:
    """How to recognise one kind of data.

    A value is accepted when the whole of it has the shape and passes the test. How large a part of a
    column's distinct values must be accepted depends on what the column's name says: ``named`` when it says
    this kind, ``hinted`` when it might, ``alone`` when it says nothing. Each None never suffices.

    Examples
    --------
    >>> from penstock.catalog.classification.registry import detector
    >>> detector("iban").accepts("DE89 3704 0044 0532 0130 00")
    True
    """

    kind: str
    meaning: str
    """What it is, for people."""
    names: tuple[str, ...]
    """Phrases in lower case without accents, words parted by blanks, in several languages."""
    hints: tuple[str, ...] = ()
    """Phrases that other things are called, too."""
    sensitivity: Sensitivity = "personal"
    protect: Protection = "hash"
    shape: str = ""
    """Regular expression of a whole value, whatever its case."""
    shape_alone: str = ""
    """A narrower shape that is asked of values when the name says nothing; empty: the same."""
    test: Callable[[str], bool] | None = None
    test_alone: Callable[[str], bool] | None = None
    """A stricter test for when the name says nothing; None: the same."""
    within: str = ""
    """Regular expression that finds such a value inside a text; empty: not looked for there."""
    test_within: Callable[[str], bool] | None = None
    """The test of what was found inside a text; None: the same as of a whole value."""
    within_share: float = 0.01
    """Part of the texts that must hold one."""
    chance: float = 0.01
    """About how many of random values of the shape pass the test."""
    named: float | None = 0.5
    hinted: float | None = None
    alone: float | None = None
    least: int = 5
    """Distinct values that must be accepted when the name says nothing."""
    flags: bool = False
    """Whether a yes or no about it (``is_smoker``) is data of this kind."""

    def accepts(self, value: str, *, alone: bool = False) -> bool:
        """Tell whether a whole value, without blanks around it, is of this kind."""
        shape, test = (self._shape_alone, self.test_alone or self.test) if alone else (self._shape, self.test)
        return shape.fullmatch(value) is not None and (test is None or test(value))

    def found_in(self, text: str) -> bool | None:
        """Tell whether a text holds a value of this kind; None when nothing in it has the shape."""
        found = [match.group() for match in self._within.finditer(text)]
        test = self.test_within or self.test
        return (test is None or any(map(test, found))) if found else None

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        """The shape, compiled."""
        return re.compile(self.shape, re.IGNORECASE)

    @cached_property
    def _shape_alone(self) -> re.Pattern[str]:
        """The narrower shape, compiled."""
        return re.compile(self.shape_alone or self.shape, re.IGNORECASE)

    @cached_property
    def _within(self) -> re.Pattern[str]:
        """The expression that searches texts, compiled."""
        return re.compile(self.within)
