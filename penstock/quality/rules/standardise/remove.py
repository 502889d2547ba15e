"""Characters are removed wherever they are."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from penstock.quality.spaces import SPACE_CLASS
from penstock.quality.transformation import Standardise
from penstock.tables import literal

_CLASSES = {
    "spaces": SPACE_CLASS[1:-1],
    "digits": r"\p{Nd}",
    "letters": r"\p{L}\p{M}",
    "punctuation": r"\p{P}\p{S}",
    "control": r"\p{Cc}\p{Cf}",
}


class Remove(Standardise):
    """Remove certain characters, or all of a class, or all but these."""

    standardise: Literal["remove"]
    characters: str = ""
    """Each of these, such as ``-. ``."""
    classes: tuple[Literal["spaces", "digits", "letters", "punctuation", "control"], ...] = ()
    others: bool = False
    """Whether these stay and all others go."""

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if not self.characters and not self.classes:
            raise ValueError("name characters or classes")
        return self

    def expression(self, text: str) -> str:
        """Replace a class of characters by nothing."""
        inside = "".join(f"\\x{{{ord(character):x}}}" for character in self.characters)
        inside += "".join(_CLASSES[name] for name in self.classes)
        return (
            f"regexp_replace({text}, {literal(f'[{chr(94) if self.others else str()}{inside}]+')}, '', 'g')"
        )


RULE = Remove
