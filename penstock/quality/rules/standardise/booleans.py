"""Words for yes and no become true and false."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from penstock.quality.lookup import looked_up
from penstock.quality.spaces import SPACES, trimmed
from penstock.quality.transformation import Standardise


class Booleans(Standardise):
    """Write ``true`` and ``false`` for words of several languages, or for your own."""

    standardise: Literal["booleans"]
    true: tuple[str, ...] = (
        "true",
        "t",
        "yes",
        "y",
        "1",
        "on",
        "x",
        "ja",
        "j",
        "oui",
        "o",
        "si",
        "sí",
        "vrai",
        "wahr",
    )
    false: tuple[str, ...] = ("false", "f", "no", "n", "0", "off", "nein", "non", "faux", "falsch")

    @model_validator(mode="after")
    def _differ(self) -> Self:
        yes, no = self._words(self.true), self._words(self.false)
        if both := sorted(yes & no) or sorted({"false"} & yes) or sorted({"true"} & no):
            raise ValueError(f"{both[0]!r} means both")
        return self

    def _words(self, words: tuple[str, ...]) -> set[str]:
        """Return words without case and the spaces around."""
        return {word.strip(SPACES).lower() for word in words}

    def expression(self, text: str) -> str:
        """Compare without case and the spaces around; other words stay."""
        words = dict.fromkeys(sorted(self._words(self.true) | {"true"}), "true")
        words |= dict.fromkeys(sorted(self._words(self.false) | {"false"}), "false")
        return looked_up(f"lower({trimmed(text)})", words, otherwise=text)


RULE = Booleans
