"""What is found out about a column: kinds and shares, never a value."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

NONE = "none"
"""The kind of a column in which nothing personal was found."""
FREE_TEXT = "free_text"
"""The kind of a column of texts, some of which hold personal data."""

Sensitivity = Literal["none", "personal", "special"]
"""``special``: a category of GDPR Article 9 (or 10)."""
Protection = Literal["keep", "hash", "drop"]
Source = Literal["name", "content", "name and content", "picked texts", "comprehend"]
"""``picked texts``: texts of the whole column that might hold personal data, picked by the engine."""


class Evidence(BaseModel):
    """One reason to believe that a column holds a kind of data."""

    model_config = ConfigDict(frozen=True)

    kind: str
    source: Source
    share: float
    """Part of the values looked at that are of the kind, 0 to 1; 0 when the name alone says it."""
    tested: int
    """Distinct values looked at."""

    def __str__(self) -> str:
        """Say it in a sentence that holds no value."""
        found = f"{self.share:.0%} of {self.tested:,} distinct values"
        words = {
            "name": "the name says so",
            "content": found,
            "name and content": f"the name, and {found}",
            "picked texts": f"{self.share:.0%} of {self.tested:,} texts picked for a closer look",
            "comprehend": f"Amazon Comprehend in {found}",
        }
        return f"{self.kind}: {words[self.source]}"


class Classification(BaseModel):
    """What a column holds, how sure that is, why, and what a contract should say about it.

    Examples
    --------
    >>> Classification(column="amount").is_personal
    False
    """

    model_config = ConfigDict(frozen=True)

    column: str
    kind: str = NONE
    sensitivity: Sensitivity = "none"
    protect: Protection = "keep"
    """A proposal; nothing is protected before a person writes it into the contract."""
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    """The best first; others that would also do come after it."""
    contains: tuple[str, ...] = ()
    """Kinds found inside the texts of a ``free_text`` column."""

    @property
    def is_personal(self) -> bool:
        """Whether anything was found."""
        return self.kind != NONE
